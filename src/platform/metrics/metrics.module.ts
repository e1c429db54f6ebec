import { Module } from '@nestjs/common';
import { CacheErrorMetrics } from './cache-error.metrics.js';
import { MetricsRegistry } from './metrics-registry.js';

/** The registry in which every feature declares its metrics. */
@Module({
  providers: [MetricsRegistry, CacheErrorMetrics],
  exports: [MetricsRegistry, CacheErrorMetrics],
})
export class MetricsModule {}
