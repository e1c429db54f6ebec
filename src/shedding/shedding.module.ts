import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config, RequestCeiling } from '../config/config.js';
import { Clock } from '../kernel/clock.js';
import { LOGGER } from '../platform/logging/logger.token.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Redis } from '../platform/redis/redis.js';
import { LoneLedger } from '../origins/admission/internal/local-rate-limiter.js';
import { RedisLedger } from '../origins/admission/internal/redis-rate-limiter.js';
import type { RegionLedger } from '../origins/admission/internal/rate-limiter.js';
import { ShedLog } from '../origins/admission/internal/shed-log.js';
import { OriginBudgets } from '../origins/admission/origin-budgets.js';
import { ProcessLoad } from './overload-detector.js';
import { RequestLimits } from './request-limits.js';
import { SheddingMiddleware } from './shedding.middleware.js';

/** Who is turned away, when, and why. */
@Global()
@Module({})
export class SheddingModule {
  static register(config: Config): DynamicModule {
    const providers: Provider[] = [
      SheddingMiddleware,
      {
        provide: ProcessLoad,
        useFactory: (clock: Clock) => new ProcessLoad(clock, config.maxInFlight),
        inject: [Clock],
      },
      {
        provide: RequestLimits,
        useFactory: (clock: Clock) => new RequestLimits(clock, ceilings(config.callers), ceilings(config.lookups)),
        inject: [Clock],
      },
      {
        provide: OriginBudgets,
        useFactory: originBudgets(config),
        inject: [Clock, Metrics, Redis, LOGGER, ProcessLoad],
      },
    ];
    return { module: SheddingModule, providers, exports: providers };
  }
}

function ceilings(declared: ReadonlyMap<string, { readonly limits: RequestCeiling }>) {
  return new Map([...declared].map(([name, { limits }]) => [name, limits]));
}

function originBudgets({ systems, deadlineMs, region }: Config) {
  return (clock: Clock, metrics: Metrics, redis: Redis, log: Logger, load: ProcessLoad): OriginBudgets => {
    const shedLog = new ShedLog(clock, log, metrics);
    const ledger = regionLedger(redis, region, clock);
    return new OriginBudgets({ systems, ledger, shedLog, clock, metrics, load, deadlineMs });
  };
}

function regionLedger({ connection }: Redis, region: string, clock: Clock): RegionLedger {
  return connection === undefined ? new LoneLedger(clock) : new RedisLedger(connection, region, clock);
}
