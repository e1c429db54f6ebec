import { Module, type DynamicModule } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { TracingMetrics } from './tracing.metrics.js';
import { Tracing, type TracingParts } from './tracing.js';

/** Loaded and imported only if tracing is configured. */
@Module({})
export class TracingModule {
  static register(parts: TracingParts): DynamicModule {
    return {
      module: TracingModule,
      imports: [MetricsModule],
      providers: [{ provide: Tracing, useFactory: () => new Tracing(parts) }, TracingMetrics],
    };
  }
}
