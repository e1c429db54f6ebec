import type { WallClock } from '../../../kernel/clock.js';
import type { AgentMetrics } from '../agent.metrics.js';
import type { AgentReport } from '../../../contracts/agent-report.js';
import type { AgentStore } from '../store/agent-store.js';
import type { DirectoryAgent, AgentDirectory } from '../../../contracts/agent-directory.js';
import type { AssignmentCounts, AssignmentReconciliation } from './assignment-reconciliation.js';

/** Agents listed per store call. */
const LIST_LIMIT = 500;

export interface ReconciliationCounts {
  /** Agents read from the platform. */
  readonly agents: number;
  /** Agents whose stored status differed from the platform's. */
  readonly drifted: number;
  /** Agents that the platform no longer lists, and that are now offline. */
  readonly gone: number;
}

/** With `queues` or `skills` in the configuration, also the counts of assignments. */
export type RunCounts = ReconciliationCounts & Partial<AssignmentCounts>;

/**
 * Compares the stored states of a tenant's agents with the platform's agent directory, and corrects
 * them.
 *
 * Guarantees:
 * - The run stores states with the platform's own times, so no newer state is overwritten.
 * - An agent is gone only after two complete lists in a row without the agent. The next list with
 *   the agent brings back the platform's own state.
 *
 * Does not guarantee: the state of an agent that changes during the run. The event of the change
 * corrects the state.
 *
 * Race it prevents:
 * 1. An agent is logged out. The run reads the page of the list that the agent would be on.
 * 2. The agent logs in, and the event stores the agent.
 * 3. The run ends without the agent, and would mark the agent as gone. The run does not mark an
 *    agent with a report since its start. So the report of step 2 protects the agent.
 */
export class AgentReconciliation {
  constructor(
    private readonly store: AgentStore,
    private readonly directory: AgentDirectory,
    private readonly clock: WallClock,
    private readonly metrics: AgentMetrics,
    private readonly scope: { readonly tenant: string; readonly region: string },
    /** `undefined` means that neither queues nor skills are read. */
    private readonly assignments?: AssignmentReconciliation,
    /** Stores a date of hire, as in `DirectoryAgent`. */
    private readonly setHireDate: (agentId: string, hiredOn: string) => Promise<void> = () => Promise.resolve(),
  ) {}

  /** @param progress called after every page, and at the end */
  async run(progress: (counts: RunCounts) => void): Promise<void> {
    const beganMs = this.clock.nowMs();
    this.assignments?.begin();
    const { nowMs: startedMs } = await this.store.listNotReportedSince(this.scope.tenant, undefined, 0, 1);
    let [agents, drifted] = [0, 0];
    const seen = new Set<string>();
    const listing = await this.directory.list(async (page) => {
      for (const agent of page) {
        seen.add(agent.agentId);
        agents += 1;
        if (await this.apply(agent)) drifted += 1;
        if (agent.hiredOn !== undefined) await this.setHireDate(agent.agentId, agent.hiredOn);
        if (agent.skills !== undefined) await this.assignments?.setSkills(agent.agentId, agent.skills, beganMs);
      }
      progress({ agents, drifted, gone: 0, ...this.assignments?.counted });
    });
    // An empty list shows a fault of the platform, not that all agents have left.
    const isComplete = listing === 'all-agents' && agents > 0;
    const gone = isComplete ? await this.markGone(seen, startedMs) : 0;
    try {
      await this.assignments?.run();
      await this.directory.readHireDates(async (page) => {
        for (const [agentId, hiredOn] of page) await this.setHireDate(agentId, hiredOn);
      });
    } finally {
      progress({ agents, drifted, gone, ...this.assignments?.counted });
    }
  }

  /** @returns whether the agent's stored status changed */
  private async apply({ agentId, parts }: DirectoryAgent): Promise<boolean> {
    const { tenant, region } = this.scope;
    const { platform } = this.directory;
    const report: AgentReport = { tenant, agentId, eventHash: undefined, platform, region, parts, fromDirectory: true };
    const { outcome, changed } = await this.store.applyReport(report);
    this.metrics.eventHandled('reconciliation', outcome);
    if (changed) this.metrics.agentDrifted(platform);
    return changed;
  }

  private async markGone(seen: ReadonlySet<string>, startedMs: number): Promise<number> {
    let gone = 0;
    // An agent that is marked as gone has a new report, and so leaves the list.
    for (let skipped = 0; ;) {
      const { agentIds } = await this.store.listNotReportedSince(this.scope.tenant, startedMs, skipped, LIST_LIMIT);
      if (agentIds.length === 0) return gone;
      for (const agentId of agentIds) {
        if (!seen.has(agentId) && (await this.isOnline(agentId))) {
          if (await this.markAbsent(agentId, startedMs)) gone += 1;
          else skipped += 1;
        } else skipped += 1;
      }
    }
  }

  /**
   * @returns whether the agent is now offline, because the previous list did not contain the agent
   * either
   */
  private async markAbsent(agentId: string, startedMs: number): Promise<boolean> {
    const isGone = await this.store.markAbsent(this.scope.tenant, agentId, startedMs);
    if (isGone) this.metrics.agentDrifted(this.directory.platform);
    return isGone;
  }

  /**
   * Returns whether the agent is stored as an online agent of this platform. The platform's list
   * contains no agents of other platforms.
   */
  private async isOnline(agentId: string): Promise<boolean> {
    const state = await this.store.read(this.scope.tenant, agentId);
    return state?.platform === this.directory.platform && state.status !== 'OFFLINE';
  }
}
