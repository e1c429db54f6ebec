import { Global, Module, type DynamicModule, type OnModuleDestroy, type Provider } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { Clock, SystemClock } from '../kernel/clock.js';
import { Hmac } from '../kernel/hmac.js';
import { SystemWallClock, WallClock } from '../kernel/wall-clock.js';
import { EventLoopMonitor } from './lifecycle/event-loop-monitor.js';
import { HealthContributors } from './lifecycle/health-contributors.js';
import { InFlight } from './lifecycle/in-flight.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { LOGGER } from './logging/logger.token.js';
import { Metrics } from './metrics/metrics.js';
import { Redis } from './redis/redis.js';
import { SchedulerModule } from './scheduler/scheduler.module.js';
import { REGION } from './region.token.js';

/** Our hold on the outside world: time, logs, figures, Redis, origins. Knows nothing of the business. */
@Global()
@Module({})
export class PlatformModule implements OnModuleDestroy {
  constructor(private readonly redis: Redis) {}

  static register(config: Config, log: Logger): DynamicModule {
    const providers: Provider[] = [
      { provide: LOGGER, useValue: log },
      { provide: REGION, useValue: config.region },
      { provide: Clock, useClass: SystemClock },
      { provide: WallClock, useClass: SystemWallClock },
      { provide: Hmac, useFactory: () => new Hmac(config.keySecret) },
      Metrics,
      Lifecycle,
      EventLoopMonitor,
      HealthContributors,
      { provide: InFlight, useFactory: inFlight, inject: [Clock, Metrics] },
      { provide: Redis, useFactory: redis(config, log), inject: [Clock, Metrics] },
    ];
    return {
      module: PlatformModule,
      imports: [SchedulerModule],
      providers,
      exports: [...providers, SchedulerModule],
    };
  }

  onModuleDestroy(): void {
    this.redis.close();
  }
}

function redis({ redis: configured, region }: Config, log: Logger) {
  return (clock: Clock, metrics: Metrics): Redis => new Redis(configured, region, { clock, metrics, log });
}

function inFlight(clock: Clock, metrics: Metrics): InFlight {
  const counted = new InFlight(clock);
  metrics.readInFlight(() => counted.requestsUp);
  return counted;
}
