import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Config, RequestCeiling } from '../config/config.js';
import { Clock } from '../kernel/clock.js';
import { EventLoopMonitor } from '../platform/lifecycle/event-loop-monitor.js';
import { OverloadDetector } from './overload-detector.js';
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
        provide: OverloadDetector,
        useFactory: (eventLoop: EventLoopMonitor) => new OverloadDetector(eventLoop, config.maxInFlight),
        inject: [EventLoopMonitor],
      },
      {
        provide: RequestLimits,
        useFactory: (clock: Clock) => new RequestLimits(clock, ceilings(config.callers), ceilings(config.lookups)),
        inject: [Clock],
      },
    ];
    return { module: SheddingModule, providers, exports: providers };
  }
}

function ceilings(declared: ReadonlyMap<string, { readonly limits: RequestCeiling }>) {
  return new Map([...declared].map(([name, { limits }]) => [name, limits]));
}
