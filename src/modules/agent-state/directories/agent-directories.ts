import { Inject, Injectable } from '@nestjs/common';
import type { AgentsConfig, Priority, ReconcileConfig } from '../../../config/config.js';
import { AGENTS_CONFIG } from '../../../config/tokens.js';
import { Clock } from '../../../kernel/clock.js';
import { WallClock } from '../../../kernel/wall-clock.js';
import { Origins } from '../../../origins/origins.js';
import { CxoneAgentDirectory } from '../../../vendors/cxone/cxone-agent-directory.js';
import { GenesysAgentDirectory } from '../../../vendors/genesys/genesys-agent-directory.js';
import { PlatformApi } from '../../../vendors/platform-api.js';
import type { AgentDirectory } from '../../../contracts/agent-directory.js';

/** The platforms that may be read, as the file declares them. */
@Injectable()
export class AgentDirectories {
  readonly declared: readonly ReconcileConfig[];
  private readonly agentTtlMs: number;

  constructor(
    @Inject(AGENTS_CONFIG) { reconcile, agentTtlMs }: AgentsConfig,
    private readonly origins: Origins,
    private readonly clock: Clock,
    private readonly wallClock: WallClock,
  ) {
    this.declared = reconcile;
    this.agentTtlMs = agentTtlMs;
  }

  covers(tenant: string): boolean {
    return this.declared.some((entry) => entry.tenant === tenant);
  }

  /**
   * The platform to ask about an agent of whom `platform` was last heard. Of an agent told of in our own words it may be any: the first.
   *
   * @returns absent: none that could know the agent
   */
  entryFor(tenant: string, platform: string): ReconcileConfig | undefined {
    const ours = this.declared.filter((entry) => entry.tenant === tenant);
    return ours.find((entry) => entry.platform === platform) ?? (platform === 'other' ? ours[0] : undefined);
  }

  /** @param priority of its calls, in the budget of the system */
  open({ platform, system }: ReconcileConfig, priority: Priority): AgentDirectory {
    const { origins, clock, wallClock, agentTtlMs } = this;
    const api = new PlatformApi(origins.get(system), priority, clock);
    switch (platform) {
      case 'genesys':
        return new GenesysAgentDirectory(api, wallClock);
      case 'cxone':
        return new CxoneAgentDirectory(api, wallClock, agentTtlMs / 2);
    }
  }
}
