import { CacheMetrics } from '../../src/cache/cache.metrics.js';
import { EntryReader } from '../../src/cache/internal/entry-reader.js';
import type { EntryStore } from '../../src/cache/internal/entry-store.js';
import { CacheErrorMetrics } from '../../src/platform/metrics/cache-error.metrics.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.js';

/** Creates an entry reader whose metrics no test reads. */
export function entryReader(store: EntryStore): EntryReader {
  const registry = new MetricsRegistry();
  return new EntryReader(store, new CacheErrorMetrics(registry), new CacheMetrics(registry));
}
