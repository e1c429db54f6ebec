import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import type { ReconcileConfig } from '../../../config/sections/agents.js';
import { WallClock } from '../../../kernel/clock.js';
import { describeError } from '../../../platform/logging/describe-error.js';
import { LOGGER } from '../../../platform/logging/logger.token.js';
import { AgentMetrics } from '../agent.metrics.js';
import { REGION } from '../../../config/sections/server.js';
import { AgentDirectories } from '../directories/agent-directories.js';
import { PlatformAssignments } from '../assignments/platform-assignments.service.js';
import { AgentReconciliation, type RunCounts } from './agent-reconciliation.js';
import { AssignmentReconciliation } from './assignment-reconciliation.js';
import { AgentPriorities } from '../priority/agent-priorities.service.js';
import { AgentStore } from '../store/agent-store.js';
import { ActiveTenants } from '../internal/active-tenants.js';
import { reconciliationLease, ReconciliationRuns, type LastRun } from './reconciliation-runs.js';
import { ReconciliationStatus } from './reconciliation-status.js';
import { Homes } from '../../../regions/homes.js';
import { JobScheduler, type Job } from '../../../platform/scheduler/job-scheduler.js';
import { declareLogFields } from '../../../platform/logging/log-fields.js';
import type { AgentDirectory } from '../../../contracts/agent-directory.js';

declareLogFields({
  ...{ tenant: 'text', agents: 'number', drifted: 'number', gone: 'number' },
  ...{ queues: 'number', queuesFailed: 'number', joined: 'number', left: 'number', skillsChanged: 'number' },
});

/**
 * Reconciles the stored agents with each configured platform at its interval.
 *
 * Guarantees: in each interval, only the process that acquires the reconciliation lease in Redis
 * makes a run, and only in the home region of the tenant. Does not guarantee: a run in every
 * interval. If the process dies, the next run is in the next interval. Two runs at the same time
 * would end in the same state and only cost platform calls.
 */
@Injectable()
export class ReconcileAgentsJob implements OnModuleInit {
  /** By configured platform. A reconciliation remembers how far it has read the platform. */
  private readonly reconciliations = new Map<ReconcileConfig, AgentReconciliation>();

  constructor(
    private readonly store: AgentStore,
    private readonly directories: AgentDirectories,
    private readonly scheduler: JobScheduler,
    private readonly runs: ReconciliationRuns,
    private readonly status: ReconciliationStatus,
    private readonly clock: WallClock,
    private readonly metrics: AgentMetrics,
    private readonly homes: Homes,
    private readonly assignments: PlatformAssignments,
    private readonly priorities: AgentPriorities,
    tenants: ActiveTenants,
    @Inject(REGION) private readonly region: string,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    for (const { tenant } of directories.entries) tenants.record(tenant);
  }

  onModuleInit(): void {
    for (const entry of this.directories.entries) this.scheduler.schedule(this.jobOf(entry));
  }

  /**
   * Runs one reconciliation now.
   *
   * @returns `undefined` if another process has the lease, the previous run is still in progress
   *   here, or the run failed
   */
  run(entry: ReconcileConfig): Promise<RunCounts | undefined> {
    return this.scheduler.runOnce(this.jobOf(entry));
  }

  private jobOf(entry: ReconcileConfig): Job<RunCounts | undefined> {
    return {
      name: `reconcile agents ${this.directories.entries.indexOf(entry)}`,
      schedule: { everyMs: entry.everyMs },
      lease: reconciliationLease(entry, this.region),
      run: () => this.reconcileAtHome(entry),
      onLeaseHeldElsewhere: async () => {
        const last = await this.runs.last(entry);
        if (last !== undefined) this.status.recordLastRun(entry, last);
      },
    };
  }

  /** Another region reads the platform's agents of a tenant that is at home there. */
  private async reconcileAtHome(entry: ReconcileConfig): Promise<RunCounts | undefined> {
    const isHome = this.homes.isHome(entry.tenant);
    this.status.homeIs(entry, isHome ? 'here' : 'elsewhere');
    if (!isHome) return undefined;
    return this.reconcile(entry).catch((error: unknown) => this.logFailure(entry, error));
  }

  private logFailure({ tenant }: ReconcileConfig, error: unknown): undefined {
    this.log.warn({ tenant, error: describeError(error) }, 'agent reconciliation failed');
  }

  private async reconcile(entry: ReconcileConfig): Promise<RunCounts> {
    const startedMs = this.clock.nowMs();
    let [outcome, counts]: [LastRun['outcome'], RunCounts] = ['failed', { agents: 0, drifted: 0, gone: 0 }];
    this.status.runStarted(entry);
    try {
      await this.reconciliation(entry).run((progress) => {
        counts = progress;
        this.status.pageRead(entry, progress.agents);
      });
      outcome = 'done';
      this.log.info({ tenant: entry.tenant, ...counts }, 'agents reconciled');
      return counts;
    } finally {
      const endedAtMs = this.clock.nowMs();
      const last = { outcome, endedAtMs, tookMs: endedAtMs - startedMs, ...counts };
      this.status.runEnded(entry, last);
      await this.runs.publish(entry, last);
    }
  }

  private reconciliation(entry: ReconcileConfig): AgentReconciliation {
    const known = this.reconciliations.get(entry);
    if (known !== undefined) return known;
    // Background calls use at most their share of the platform's rate limit.
    const agents = this.directories.open(entry, 'background');
    const place = { tenant: entry.tenant, region: this.region };
    const assignments = this.assignmentsOf(entry, agents);
    const { store, clock, metrics, priorities } = this;
    const setHireDate = (agentId: string, hiredOn: string) =>
      priorities.setHireDate({ tenant: entry.tenant, agentId }, hiredOn === '' ? undefined : hiredOn);
    const reconciliation = new AgentReconciliation(store, agents, clock, metrics, place, assignments, setHireDate);
    this.reconciliations.set(entry, reconciliation);
    return reconciliation;
  }

  private assignmentsOf(entry: ReconcileConfig, agents: AgentDirectory): AssignmentReconciliation | undefined {
    if (entry.queues === undefined && entry.skills !== true) return undefined;
    return new AssignmentReconciliation(entry, agents, this.assignments, this.store, this.metrics);
  }
}
