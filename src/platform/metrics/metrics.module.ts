import { Module } from '@nestjs/common';
import { BuildMetrics } from './build.metrics.js';
import { CacheErrorMetrics } from './cache-error.metrics.js';
import { MetricsRegistry } from './metrics-registry.js';

/** The registry in which every feature declares its metrics. */
@Module({
  providers: [MetricsRegistry, CacheErrorMetrics, BuildMetrics],
  exports: [MetricsRegistry, CacheErrorMetrics],
})
export class MetricsModule {}
