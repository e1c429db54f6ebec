import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { ServerConfig, SystemConfig } from '../../config/config.js';
import { SERVER_CONFIG, SYSTEMS } from '../../config/tokens.js';
import { originClientId } from '../auth/client-id.js';
import { Clock } from '../../kernel/clock.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { AdaptiveLimit } from './internal/adaptive-limit.js';
import { ScheduledLimits } from './internal/scheduled-limits.js';
import { RateLimiter } from './internal/rate-limiter.js';
import { ShedLog } from './internal/shed-log.js';
import { OriginBudget } from './origin-budget.js';
import { EventLoopMonitor } from '../../platform/lifecycle/event-loop-monitor.js';

/** The budgets of all systems of record, by name: what is spent on one is not missing from another. */
@Injectable()
export class OriginBudgets implements OnModuleDestroy {
  private readonly budgets: ReadonlyMap<string, OriginBudget>;

  constructor(
    @Inject(SYSTEMS) systems: ReadonlyMap<string, SystemConfig>,
    @Inject(SERVER_CONFIG) private readonly server: ServerConfig,
    private readonly ledger: RateLimiter,
    private readonly shedLog: ShedLog,
    private readonly eventLoop: EventLoopMonitor,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.budgets = new Map([...systems].map(([name, system]) => [name, this.budgetOf(system)]));
    metrics.readOriginLimits(() => [...this.budgets].map(([name, { limit }]) => [name, limit]));
  }

  /** @throws {RangeError} for a name the configuration does not have; it is checked when the file is read */
  get(system: string): OriginBudget {
    const budget = this.budgets.get(system);
    if (budget === undefined) throw new RangeError(`no system is called ${system}`);
    return budget;
  }

  onModuleDestroy(): void {
    this.ledger.close();
    this.shedLog.close();
  }

  private budgetOf({ name, auth, limits }: SystemConfig): OriginBudget {
    const { ledger, shedLog, clock, eventLoop } = this;
    const { deadlineMs } = this.server;
    const ceilings = new ScheduledLimits(limits);
    const adaptive = limits.adaptive
      ? new AdaptiveLimit(clock, {
          ceiling: () => ceilings.now().maxConcurrent,
          ownDelayMs: () => eventLoop.meanMs,
          deadlineMs,
        })
      : undefined;
    const { queueMs, backgroundShare } = limits;
    const common = { account: originClientId(auth) ?? `system:${name}`, ledger, shedLog, clock, random: Math.random };
    return new OriginBudget({ system: name, queueMs, backgroundShare, ceilings, adaptive, ...common });
  }
}
