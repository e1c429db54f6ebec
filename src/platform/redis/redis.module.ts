import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { TimeModule } from '../time.module.js';
import { Redis } from './redis.js';
import { StoreMetrics } from './store.metrics.js';

/** The connection to the region's Redis, if one is configured. */
@Module({ imports: [TimeModule, MetricsModule], providers: [Redis, StoreMetrics], exports: [Redis] })
export class RedisModule {}
