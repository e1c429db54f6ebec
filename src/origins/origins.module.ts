import { Global, Module, type DynamicModule, type OnModuleDestroy } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Clock } from '../kernel/clock.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { TokenSources } from './auth/token-sources.js';
import { HttpOrigins } from './http/http-origins.js';
import { KeepConnectionsOpenJob } from './keep-connections-open.job.js';

/** The systems of record and how they are called. */
@Global()
@Module({})
export class OriginsModule implements OnModuleDestroy {
  constructor(private readonly origins: HttpOrigins) {}

  static register({ systems }: Config): DynamicModule {
    const origins = {
      provide: HttpOrigins,
      useFactory: (clock: Clock, metrics: Metrics, tokens: TokenSources) =>
        new HttpOrigins(systems, clock, metrics, tokens),
      inject: [Clock, Metrics, TokenSources],
    };
    return {
      module: OriginsModule,
      providers: [TokenSources, origins, KeepConnectionsOpenJob],
      exports: [TokenSources, HttpOrigins],
    };
  }

  onModuleDestroy(): void {
    this.origins.close();
  }
}
