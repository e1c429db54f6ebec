import type { WallClock } from '../../../kernel/wall-clock.js';
import type { AgentMetrics } from '../agent.metrics.js';
import { type AgentReport, wholeState } from '../../../contracts/agent-report.js';
import type { AgentStore } from '../store/agent-store.js';
import type { DirectoryAgent, AgentDirectory } from '../../../contracts/agent-directory.js';

const SILENT_AT_ONCE = 500;

export interface ReconciliationCounts {
  readonly agents: number;
  /** Whose status was not what the platform says. */
  readonly drifted: number;
  /** Who is no longer there, and went offline. */
  readonly gone: number;
}

/**
 * Compares what is stored of a tenant's agents with what the platform says, and mends it.
 *
 * Promised: what it reads is stored with the platform's own times, so nothing newer is overwritten; who is not among the agents the
 * platform lists goes offline, and only after all of them were read.
 * Not promised: that an agent who has changed during the reading is right at its end; the event of that change says so.
 */
export class AgentReconciliation {
  constructor(
    private readonly store: AgentStore,
    private readonly agents: AgentDirectory,
    private readonly clock: WallClock,
    private readonly metrics: AgentMetrics,
    private readonly place: { readonly tenant: string; readonly region: string },
  ) {}

  /** @param progress told after every page, and at the end */
  async run(progress: (soFar: ReconciliationCounts) => void): Promise<void> {
    const { nowMs: begunMs } = await this.store.listNotReportedSince(this.place.tenant, undefined, 0, 1);
    const readFromMs = this.clock.nowMs();
    let [agents, drifted] = [0, 0];
    const seen = new Set<string>();
    const listed = await this.agents.list(async (page) => {
      for (const agent of page) {
        seen.add(agent.agentId);
        agents += 1;
        if (await this.apply(agent)) drifted += 1;
      }
      progress({ agents, drifted, gone: 0 });
    });
    // A list of nobody says more of the platform than of the agents.
    const isWhole = listed === 'all-agents' && agents > 0;
    progress({ agents, drifted, gone: isWhole ? await this.markGone(seen, begunMs, readFromMs) : 0 });
  }

  /** True when the platform knew better. */
  private async apply({ agentId, parts }: DirectoryAgent): Promise<boolean> {
    const { tenant, region } = this.place;
    const { platform } = this.agents;
    const report: AgentReport = { tenant, agentId, eventHash: undefined, platform, region, parts, fromDirectory: true };
    const { outcome, changed } = await this.store.applyReport(report);
    this.metrics.eventHandled('reconciliation', outcome);
    if (changed) this.metrics.agentDrifted(platform);
    return changed;
  }

  private async markGone(seen: ReadonlySet<string>, begunMs: number, readFromMs: number): Promise<number> {
    let gone = 0;
    // Whoever is sent off is heard of by that, and so leaves the list.
    for (let passed = 0; ;) {
      const { agentIds } = await this.store.listNotReportedSince(this.place.tenant, begunMs, passed, SILENT_AT_ONCE);
      if (agentIds.length === 0) return gone;
      for (const agentId of agentIds) {
        if (!seen.has(agentId) && (await this.isOnline(agentId))) {
          if (await this.apply({ agentId, parts: wholeState('off', readFromMs, 'GONE') })) gone += 1;
          else passed += 1;
        } else passed += 1;
      }
    }
  }

  /** Agents of another platform are not missing here. */
  private async isOnline(agentId: string): Promise<boolean> {
    const state = await this.store.read(this.place.tenant, agentId);
    return state?.platform === this.agents.platform && state.status !== 'OFFLINE';
  }
}
