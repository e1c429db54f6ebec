import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { ReconcileConfig } from '../../config/config.js';
import { Clock } from '../../kernel/clock.js';
import { WallClock } from '../../kernel/wall-clock.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { Redis } from '../../platform/redis/redis.js';
import { Upstreams } from '../../platform/upstream/upstreams.js';
import { AgentReconciliation, type Reconciled } from './agent-reconciliation.js';
import { AgentStore } from './agent-store.js';
import { BudgetedApi } from '../../shedding/budgeted-api.js';
import { OriginBudgets } from '../../shedding/origin-budgets.js';
import { GenesysUsers } from './internal/genesys-users.js';
import { RECONCILED } from './internal/reconciled.token.js';
import { REGION } from './internal/region.token.js';
import { SeenTenants } from './internal/seen-tenants.js';

/** The lease ends a little before the next turn, so that the turn is anybody's. */
const LEASE_SHARE = 0.9;

/**
 * Reads the platforms now and then, in one process of the region: who gets the turn's lease in Redis does it. A process that dies takes its
 * turn with it, and the next turn is another's. Two at one time would do no harm, only cost calls.
 */
@Injectable()
export class ReconcileAgentsJob implements OnModuleInit, OnModuleDestroy {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Set<ReconcileConfig>();

  constructor(
    private readonly store: AgentStore,
    private readonly redis: Redis,
    private readonly upstreams: Upstreams,
    private readonly budgets: OriginBudgets,
    private readonly clock: Clock,
    private readonly wallClock: WallClock,
    private readonly metrics: Metrics,
    tenants: SeenTenants,
    @Inject(REGION) private readonly region: string,
    @Inject(RECONCILED) private readonly wanted: readonly ReconcileConfig[],
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    for (const { tenant } of wanted) tenants.add(tenant);
  }

  onModuleInit(): void {
    for (const one of this.wanted) this.timers.push(setInterval(() => void this.turn(one), one.everyMs).unref());
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Absent: it was another's turn, the last one is not over, or it failed. */
  async turn(one: ReconcileConfig): Promise<Reconciled | undefined> {
    if (this.running.has(one)) return undefined;
    this.running.add(one);
    try {
      return (await this.isOurTurn(one)) ? await this.reconcile(one) : undefined;
    } catch (error) {
      this.log.warn({ tenant: one.tenant, error: describeError(error) }, 'agents could not be reconciled');
      return undefined;
    } finally {
      this.running.delete(one);
    }
  }

  private async isOurTurn({ tenant, everyMs, system }: ReconcileConfig): Promise<boolean> {
    const { connection } = this.redis;
    if (connection === undefined) return true;
    const key = `agents:{${tenant}}:turn:${this.region}:${system}`;
    const leaseMs = Math.floor(everyMs * LEASE_SHARE);
    return (await connection.run((client) => client.set(key, randomUUID(), 'PX', leaseMs, 'NX'), key)) === 'OK';
  }

  private async reconcile({ tenant, system }: ReconcileConfig): Promise<Reconciled> {
    const users = new GenesysUsers(this.api(system), this.clock);
    const place = { tenant, region: this.region };
    const reconciled = await new AgentReconciliation(this.store, users, this.wallClock, this.metrics, place).run();
    this.log.info({ tenant, ...reconciled }, 'agents reconciled');
    return reconciled;
  }

  /** Reads of the platform take at most the background's share of what it may be asked. */
  private api(system: string): BudgetedApi {
    return new BudgetedApi(this.budgets.get(system), this.upstreams.get(system), 'background');
  }
}
