import { Module } from '@nestjs/common';
import { CacheErrorMetrics } from './cache-error.metrics.js';
import { Metrics } from './metrics.js';
import { MetricsRegistry } from './metrics-registry.js';

/** The registry in which every feature declares its metrics. */
@Module({
  providers: [MetricsRegistry, CacheErrorMetrics, Metrics],
  exports: [MetricsRegistry, CacheErrorMetrics, Metrics],
})
export class MetricsModule {}
