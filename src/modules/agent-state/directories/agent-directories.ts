import { Inject, Injectable } from '@nestjs/common';
import { type AgentsConfig, type ReconcileConfig, AGENTS_CONFIG } from '../../../config/sections/agents.js';
import type { Priority } from '../../../config/sections/lookups/lookup-config.js';
import { Clock, WallClock } from '../../../kernel/clock.js';
import { needsHireDate } from '../priority/priority-rule.js';
import { Origins } from '../../../origins/origins.js';
import { CxoneAgentDirectory } from '../../../vendors/cxone/cxone-agent-directory.js';
import { GenesysAgentDirectory } from '../../../vendors/genesys/genesys-agent-directory.js';
import { PlatformApi } from '../../../vendors/platform-api.js';
import type { AgentDirectory } from '../../../contracts/agent-directory.js';

/** Opens the agent directories of the platforms that `agents.reconcile` configures. */
@Injectable()
export class AgentDirectories {
  readonly entries: readonly ReconcileConfig[];
  private readonly agentTtlMs: number;
  private readonly withHireDates: boolean;

  constructor(
    @Inject(AGENTS_CONFIG) { reconcile, agentTtlMs, priority }: AgentsConfig,
    private readonly origins: Origins,
    private readonly clock: Clock,
    private readonly wallClock: WallClock,
  ) {
    this.entries = reconcile;
    this.agentTtlMs = agentTtlMs;
    this.withHireDates = priority !== undefined && needsHireDate(priority);
  }

  /** Whether the configuration names a platform for this tenant. */
  covers(tenant: string): boolean {
    return this.entries.some((entry) => entry.tenant === tenant);
  }

  /**
   * Finds the platform that can know an agent. An agent reported as platform `other` may belong to
   * any platform, so the first configured platform is used.
   *
   * @param platform the platform of the agent's last report
   * @returns `undefined` if no configured platform can know the agent
   */
  entryFor(tenant: string, platform: string): ReconcileConfig | undefined {
    const entries = this.entries.filter((entry) => entry.tenant === tenant);
    return entries.find((entry) => entry.platform === platform) ?? (platform === 'other' ? entries[0] : undefined);
  }

  /** Whether Datadip reads the members of any queue from Genesys Cloud. */
  readsGenesysQueues(tenant: string): boolean {
    return this.queuesOf(tenant, 'genesys').length > 0;
  }

  /**
   * Whether Datadip reads the members of this queue.
   *
   * @param platform default: from any platform
   */
  readsQueue(tenant: string, queueId: string, platform?: ReconcileConfig['platform']): boolean {
    return this.queuesOf(tenant, platform).some((queues) => queues === 'all' || queues.includes(queueId));
  }

  private queuesOf(
    tenant: string,
    platform: ReconcileConfig['platform'] | undefined,
  ): NonNullable<ReconcileConfig['queues']>[] {
    return this.entries
      .filter((entry) => entry.tenant === tenant && (platform ?? entry.platform) === entry.platform)
      .flatMap(({ queues }) => (queues === undefined ? [] : [queues]));
  }

  /** @param priority priority of the directory's calls in the budget of the system */
  open({ platform, system, tenant, skills = false }: ReconcileConfig, priority: Priority): AgentDirectory {
    const { origins, clock, wallClock, agentTtlMs, withHireDates } = this;
    const api = new PlatformApi(origins.get(system, tenant), priority, clock);
    switch (platform) {
      case 'genesys':
        return new GenesysAgentDirectory(api, wallClock, { skills, hireDates: withHireDates });
      case 'cxone':
        return new CxoneAgentDirectory(api, wallClock, agentTtlMs / 2, withHireDates);
    }
  }
}
