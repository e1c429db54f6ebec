import { Module } from '@nestjs/common';
import { REGION } from '../../config/sections/server.js';
import { Clock } from '../../kernel/clock.js';
import { LifecycleModule } from '../../platform/lifecycle/lifecycle.module.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { Redis } from '../../platform/redis/redis.js';
import { RedisModule } from '../../platform/redis/redis.module.js';
import { TimeModule } from '../../platform/time.module.js';
import { LocalRateLimiter } from './internal/local-rate-limiter.js';
import { RateLimiter } from './internal/rate-limiter.js';
import { RedisRateLimiter } from './internal/redis-rate-limiter.js';
import { ShedLog } from './internal/shed-log.js';
import { OriginMetrics } from '../origin.metrics.js';
import { OriginBudgetFactory } from './origin-budget-factory.js';

/** The limits on calls to each system of record. */
@Module({
  imports: [TimeModule, MetricsModule, LifecycleModule, RedisModule],
  providers: [
    // A factory chooses the rate limiter: the region shares one through Redis if it is configured,
    // otherwise each process has its own.
    { provide: RateLimiter, useFactory: rateLimiter, inject: [Redis, REGION, Clock] },
    OriginMetrics,
    ShedLog,
    OriginBudgetFactory,
  ],
  exports: [OriginBudgetFactory, OriginMetrics],
})
export class AdmissionModule {}

function rateLimiter({ connection }: Redis, region: string, clock: Clock): RateLimiter {
  return connection === undefined ? new LocalRateLimiter(clock) : new RedisRateLimiter(connection, region, clock);
}
