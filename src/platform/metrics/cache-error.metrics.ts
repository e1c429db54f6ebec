import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from './metrics-registry.js';

export type CacheTier = 'memory' | 'redis';

/** Errors of the cache tiers. The Redis connection and the entry reader count them. */
@Injectable()
export class CacheErrorMetrics {
  private readonly errors: Counter<'tier' | 'kind'>;

  constructor(registry: MetricsRegistry) {
    this.errors = registry.counter('datadip_cache_errors_total', 'Errors of a cache tier, by kind', ['tier', 'kind']);
  }

  cacheError(tier: CacheTier, kind: string): void {
    this.errors.inc({ tier, kind });
  }
}
