import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type ServerConfig, SERVER_CONFIG } from '../../config/sections/server.js';
import type { SystemConfig } from '../../config/sections/systems/system-config.js';
import { Clock } from '../../kernel/clock.js';
import { EventLoopMonitor } from '../../platform/lifecycle/event-loop-monitor.js';
import { originClientId } from '../auth/client-id.js';
import { AdaptiveLimit } from './internal/adaptive-limit.js';
import { RateLimiter } from './internal/rate-limiter.js';
import { ScheduledLimits } from './internal/scheduled-limits.js';
import { ShedLog } from './internal/shed-log.js';
import { OriginBudget } from './origin-budget.js';

/**
 * Builds the budget of a system from its declared limits. Systems with the same platform client
 * share rate and pauses.
 */
@Injectable()
export class OriginBudgetFactory implements OnModuleDestroy {
  constructor(
    @Inject(SERVER_CONFIG) private readonly server: ServerConfig,
    private readonly rateLimiter: RateLimiter,
    private readonly shedLog: ShedLog,
    private readonly eventLoop: EventLoopMonitor,
    private readonly clock: Clock,
  ) {}

  create(system: SystemConfig): OriginBudget {
    const { name, limits } = system;
    const scheduled = new ScheduledLimits(limits);
    return new OriginBudget({
      system: name,
      account: originClientId(system) ?? `system:${name}`,
      queueMs: limits.queueMs,
      backgroundShare: limits.backgroundShare,
      limits: scheduled,
      adaptive: limits.adaptive ? this.adaptiveLimit(scheduled) : undefined,
      rateLimiter: this.rateLimiter,
      shedLog: this.shedLog,
      clock: this.clock,
      random: Math.random,
    });
  }

  onModuleDestroy(): void {
    this.rateLimiter.close();
    this.shedLog.close();
  }

  private adaptiveLimit(scheduled: ScheduledLimits): AdaptiveLimit {
    return new AdaptiveLimit(this.clock, {
      maxLimit: () => scheduled.current().maxConcurrent,
      eventLoopDelayMs: () => this.eventLoop.meanMs,
      deadlineMs: this.server.deadlineMs,
    });
  }
}
