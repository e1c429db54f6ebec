import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import type { ReconcileConfig } from '../../../config/config.js';
import { WallClock } from '../../../kernel/wall-clock.js';
import { describeError } from '../../../platform/logging/describe-error.js';
import { LOGGER } from '../../../platform/logging/logger.token.js';
import { AgentMetrics } from '../agent.metrics.js';
import { REGION } from '../../../config/tokens.js';
import { AgentDirectories } from '../directories/agent-directories.js';
import { AgentReconciliation, type ReconciliationCounts } from './agent-reconciliation.js';
import { AgentStore } from '../store/agent-store.js';
import { ActiveTenants } from '../internal/active-tenants.js';
import { ReconciliationLease, type LastRun } from './reconciliation-lease.js';
import { ReconciliationStatus } from './reconciliation-status.js';
import { declareLogFields } from '../../../platform/logging/log-fields.js';

declareLogFields({ tenant: 'text', agents: 'number', drifted: 'number', gone: 'number' });

/**
 * Reads the platforms now and then, in one process of the region: who gets the turn's lease in Redis does it. A process that dies takes its
 * turn with it, and the next turn is another's. Two at one time would do no harm, only cost calls.
 */
@Injectable()
export class ReconcileAgentsJob implements OnModuleInit, OnModuleDestroy {
  private readonly timers: NodeJS.Timeout[] = [];
  /** By what was declared; each remembers how far it has read. */
  private readonly reconciliations = new Map<ReconcileConfig, AgentReconciliation>();
  private readonly running = new Set<ReconcileConfig>();

  constructor(
    private readonly store: AgentStore,
    private readonly platforms: AgentDirectories,
    private readonly turns: ReconciliationLease,
    private readonly board: ReconciliationStatus,
    private readonly clock: WallClock,
    private readonly metrics: AgentMetrics,
    tenants: ActiveTenants,
    @Inject(REGION) private readonly region: string,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    for (const { tenant } of platforms.declared) tenants.add(tenant);
  }

  onModuleInit(): void {
    for (const one of this.platforms.declared)
      this.timers.push(setInterval(() => void this.run(one), one.everyMs).unref());
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Absent: it was another's turn, the last one is not over, or it failed. */
  async run(one: ReconcileConfig): Promise<ReconciliationCounts | undefined> {
    if (this.running.has(one)) return undefined;
    this.running.add(one);
    try {
      if (await this.turns.tryAcquire(one)) return await this.reconcile(one);
      const last = await this.turns.lastRun(one);
      if (last !== undefined) this.board.recordLastRun(one, last);
      return undefined;
    } catch (error) {
      this.log.warn({ tenant: one.tenant, error: describeError(error) }, 'agents could not be reconciled');
      return undefined;
    } finally {
      this.running.delete(one);
    }
  }

  private async reconcile(one: ReconcileConfig): Promise<ReconciliationCounts> {
    const begunMs = this.clock.nowMs();
    let [outcome, soFar]: [LastRun['outcome'], ReconciliationCounts] = ['failed', { agents: 0, drifted: 0, gone: 0 }];
    this.board.runStarted(one);
    try {
      await this.reconciliation(one).run((now) => {
        soFar = now;
        this.board.pageRead(one, now.agents);
      });
      outcome = 'done';
      this.log.info({ tenant: one.tenant, ...soFar }, 'agents reconciled');
      return soFar;
    } finally {
      const endedAtMs = this.clock.nowMs();
      const last = { outcome, endedAtMs, tookMs: endedAtMs - begunMs, ...soFar };
      this.board.runEnded(one, last);
      await this.turns.publishLastRun(one, last);
    }
  }

  private reconciliation(one: ReconcileConfig): AgentReconciliation {
    const known = this.reconciliations.get(one);
    if (known !== undefined) return known;
    // Reads of the platform take at most the background's share of what it may be asked.
    const agents = this.platforms.open(one, 'background');
    const place = { tenant: one.tenant, region: this.region };
    const made = new AgentReconciliation(this.store, agents, this.clock, this.metrics, place);
    this.reconciliations.set(one, made);
    return made;
  }
}
