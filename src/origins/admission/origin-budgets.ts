import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { SystemConfig } from '../../config/config.js';
import { originClientId } from '../auth/client-id.js';
import type { Clock } from '../../kernel/clock.js';
import type { Metrics } from '../../platform/metrics/metrics.js';
import { AdaptiveLimit } from './internal/adaptive-limit.js';
import { ScheduledLimits } from './internal/scheduled-limits.js';
import type { RateLimiter } from './internal/rate-limiter.js';
import type { ShedLog } from './internal/shed-log.js';
import { OriginBudget } from './origin-budget.js';
import type { EventLoopMonitor } from '../../platform/lifecycle/event-loop-monitor.js';

export interface OriginBudgetsParts {
  readonly systems: ReadonlyMap<string, SystemConfig>;
  readonly ledger: RateLimiter;
  readonly shedLog: ShedLog;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly eventLoop: EventLoopMonitor;
  /** The longest a caller waits. */
  readonly deadlineMs: number;
}

/** The budgets of all systems of record, by name: what is spent on one is not missing from another. */
@Injectable()
export class OriginBudgets implements OnModuleDestroy {
  private readonly budgets: ReadonlyMap<string, OriginBudget>;

  constructor(private readonly parts: OriginBudgetsParts) {
    const { systems, metrics } = parts;
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
    this.parts.ledger.close();
    this.parts.shedLog.close();
  }

  private budgetOf({ name, auth, limits }: SystemConfig): OriginBudget {
    const { ledger, shedLog, clock, deadlineMs, eventLoop } = this.parts;
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
