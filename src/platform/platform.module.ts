import { Global, Module, type DynamicModule, type OnModuleDestroy, type Provider } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { Clock, SystemClock } from '../kernel/clock.js';
import { Hmac } from '../kernel/hmac.js';
import { SystemWallClock, WallClock } from '../kernel/wall-clock.js';
import { GenesysTopics } from '../vendors/genesys/event-topics.js';
import { KeepWarmJob } from '../origins/keep-connections-open.job.js';
import { HealthNotes } from './lifecycle/health-contributors.js';
import { InFlight } from './lifecycle/in-flight.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { LOGGER } from './logging/logger.token.js';
import { Metrics } from './metrics/metrics.js';
import { Redis } from './redis/redis.js';
import { REGION } from './region.token.js';
import { TokenSources } from '../origins/auth/token-sources.js';
import { Upstreams } from '../origins/http/http-origins.js';

/** Our hold on the outside world: time, logs, figures, Redis, origins. Knows nothing of the business. */
@Global()
@Module({})
export class PlatformModule implements OnModuleDestroy {
  constructor(
    private readonly redis: Redis,
    private readonly upstreams: Upstreams,
  ) {}

  static register(config: Config, log: Logger): DynamicModule {
    const providers: Provider[] = [
      { provide: LOGGER, useValue: log },
      { provide: REGION, useValue: config.region },
      { provide: Clock, useClass: SystemClock },
      { provide: WallClock, useClass: SystemWallClock },
      GenesysTopics,
      { provide: Hmac, useFactory: () => new Hmac(config.keySecret) },
      Metrics,
      Lifecycle,
      HealthNotes,
      TokenSources,
      { provide: InFlight, useFactory: inFlight, inject: [Clock, Metrics] },
      { provide: Redis, useFactory: redis(config, log), inject: [Clock, Metrics] },
      { provide: Upstreams, useFactory: upstreams(config), inject: [Clock, Metrics, TokenSources] },
    ];
    return {
      module: PlatformModule,
      imports: [ScheduleModule.forRoot()],
      providers: [...providers, KeepWarmJob],
      exports: providers,
    };
  }

  onModuleDestroy(): void {
    this.redis.close();
    this.upstreams.close();
  }
}

function redis({ redis: configured, region }: Config, log: Logger) {
  return (clock: Clock, metrics: Metrics): Redis => new Redis(configured, region, { clock, metrics, log });
}

function upstreams({ systems }: Config) {
  return (clock: Clock, metrics: Metrics, tokens: TokenSources): Upstreams =>
    new Upstreams(systems, clock, metrics, tokens);
}

function inFlight(clock: Clock, metrics: Metrics): InFlight {
  const counted = new InFlight(clock);
  metrics.readInFlight(() => counted.requestsUp);
  return counted;
}
