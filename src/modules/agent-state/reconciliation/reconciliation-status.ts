import { Inject, Injectable } from '@nestjs/common';
import { type AgentsConfig, type ReconcileConfig, AGENTS_CONFIG } from '../../../config/sections/agents.js';
import { WallClock } from '../../../kernel/clock.js';
import { HealthContributors, type HealthContribution } from '../../../platform/lifecycle/health-contributors.js';
import { AgentMetrics } from '../agent.metrics.js';
import type { LastRun } from './reconciliation-runs.js';

/** After this many intervals without a successful run, the health page shows `degraded`. */
const OVERDUE_RUNS = 3;

interface PlatformStatus {
  readonly platform: ReconcileConfig['platform'];
  readonly system: string;
  readonly everyMs: number;
  /**
   * Agents read so far by the run in this process; `undefined` means no run is in progress here.
   */
  agentsRead: number | undefined;
  lastRun: LastRun | undefined;
  /**
   * End of the last successful run, Unix milliseconds. Before the first one: when this process
   * started.
   */
  lastSuccessMs: number;
  /** `elsewhere`: another region is the home of the tenant, and reads the platform. */
  home: 'here' | 'elsewhere';
}

/**
 * Shows the state of reconciliation on the health page and in the metrics.
 *
 * Does not guarantee: a current view of runs in other processes. This process reads their last run
 * at its own interval.
 */
@Injectable()
export class ReconciliationStatus {
  private readonly platforms = new Map<ReconcileConfig, PlatformStatus>();

  constructor(
    private readonly clock: WallClock,
    private readonly metrics: AgentMetrics,
    @Inject(AGENTS_CONFIG) { reconcile: entries }: AgentsConfig,
    contributors: HealthContributors,
  ) {
    for (const entry of entries) this.statusOf(entry);
    if (entries.length > 0) contributors.add(() => this.contribution());
  }

  homeIs(entry: ReconcileConfig, home: 'here' | 'elsewhere'): void {
    const status = this.statusOf(entry);
    // A region that becomes the home has an interval's time for its first run.
    if (home === 'here' && status.home === 'elsewhere') status.lastSuccessMs = this.clock.nowMs();
    status.home = home;
  }

  runStarted(entry: ReconcileConfig): void {
    this.statusOf(entry).agentsRead = 0;
    this.metrics.reconciliationRead(entry, 0);
  }

  pageRead(entry: ReconcileConfig, agents: number): void {
    this.statusOf(entry).agentsRead = agents;
    this.metrics.reconciliationRead(entry, agents);
  }

  runEnded(entry: ReconcileConfig, run: LastRun): void {
    this.statusOf(entry).agentsRead = undefined;
    this.metrics.reconciliationEnded(entry, run.outcome, run.tookMs / 1000);
    this.recordLastRun(entry, run);
  }

  /** Records the last run, whichever process of the region made it. */
  recordLastRun(entry: ReconcileConfig, run: LastRun): void {
    const status = this.statusOf(entry);
    status.lastRun = run;
    if (run.outcome !== 'done') return;
    status.lastSuccessMs = Math.max(status.lastSuccessMs, run.endedAtMs);
    this.metrics.reconciliationSucceededAt(entry, run.endedAtMs / 1000);
  }

  private contribution(): HealthContribution {
    const statuses = [...this.platforms.values()];
    const platforms = statuses.map(({ platform, system, agentsRead, lastRun, home }) => ({
      ...{ platform, system, state: stateOf(home, agentsRead) },
      ...(agentsRead === undefined ? {} : { agentsRead }),
      ...(lastRun === undefined ? {} : { last: { ...lastRun, endedAt: new Date(lastRun.endedAtMs).toISOString() } }),
    }));
    const healthy = statuses.every((status) => this.isHealthy(status));
    return { name: 'reconciliation', healthy, details: { platforms } };
  }

  private isHealthy({ lastRun, lastSuccessMs, everyMs, home }: PlatformStatus): boolean {
    if (home === 'elsewhere') return true;
    return lastRun?.outcome !== 'failed' && this.clock.nowMs() - lastSuccessMs < everyMs * OVERDUE_RUNS;
  }

  private statusOf(entry: ReconcileConfig): PlatformStatus {
    const known = this.platforms.get(entry);
    if (known !== undefined) return known;
    const { platform, system, everyMs } = entry;
    const noRun = { agentsRead: undefined, lastRun: undefined, lastSuccessMs: this.clock.nowMs() };
    const status: PlatformStatus = { platform, system, everyMs, home: 'here', ...noRun };
    this.platforms.set(entry, status);
    return status;
  }
}

function stateOf(home: PlatformStatus['home'], agentsRead: number | undefined): string {
  if (agentsRead !== undefined) return 'running';
  return home === 'here' ? 'waiting' : 'elsewhere';
}
