import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';
import { Clock } from '../../kernel/clock.js';
import { EventLoopMonitor } from '../../platform/lifecycle/event-loop-monitor.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { Redis } from '../../platform/redis/redis.js';
import { LocalRateLimiter } from './internal/local-rate-limiter.js';
import type { RateLimiter } from './internal/rate-limiter.js';
import { RedisRateLimiter } from './internal/redis-rate-limiter.js';
import { ShedLog } from './internal/shed-log.js';
import { OriginBudgets } from './origin-budgets.js';

/** What each system of record may be asked. */
@Global()
@Module({})
export class AdmissionModule {
  static register(config: Config): DynamicModule {
    const budgets = {
      provide: OriginBudgets,
      useFactory: originBudgets(config),
      inject: [Clock, Metrics, Redis, LOGGER, EventLoopMonitor],
    };
    return { module: AdmissionModule, providers: [budgets], exports: [OriginBudgets] };
  }
}

function originBudgets({ systems, deadlineMs, region }: Config) {
  return (clock: Clock, metrics: Metrics, redis: Redis, log: Logger, eventLoop: EventLoopMonitor): OriginBudgets => {
    const shedLog = new ShedLog(clock, log, metrics);
    const ledger = rateLimiter(redis, region, clock);
    return new OriginBudgets({ systems, ledger, shedLog, clock, metrics, eventLoop, deadlineMs });
  };
}

function rateLimiter({ connection }: Redis, region: string, clock: Clock): RateLimiter {
  return connection === undefined ? new LocalRateLimiter(clock) : new RedisRateLimiter(connection, region, clock);
}
