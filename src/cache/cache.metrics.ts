import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { lookupOfEntryKey } from '../contracts/entry-key.js';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';

/** Counts what the cache does not serve because the region has not heard the others. */
@Injectable()
export class CacheMetrics {
  private readonly refusedByAge: Counter<'lookup'>;

  constructor(registry: MetricsRegistry) {
    this.refusedByAge = registry.counter(
      'datadip_cache_refused_by_age_total',
      'Reads of a stored value that Datadip did not serve, because it may lack an invalidation of another region',
      ['lookup'],
    );
  }

  entryRefused(key: string): void {
    this.refusedByAge.inc({ lookup: lookupOfEntryKey(key) });
  }
}
