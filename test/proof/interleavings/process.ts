import type { CustomerIndex } from '../../../src/cache/internal/customer-index.js';
import { EntryWriter } from '../../../src/cache/internal/entry-writer.js';
import { EntryReader } from '../../../src/cache/internal/entry-reader.js';
import type { EntryStore } from '../../../src/cache/internal/entry-store.js';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { Invalidator } from '../../../src/cache/invalidator.js';
import { LookupCache } from '../../../src/cache/lookup-cache.js';
import { StampedeGuard } from '../../../src/cache/stampede-guard.js';
import type { Clock } from '../../../src/kernel/clock.js';
import type { EventBus } from '../../../src/messaging/event-bus.js';
import { CacheErrorMetrics } from '../../../src/platform/metrics/cache-error.metrics.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.js';

const LIMITS = { maxEntries: 100, maxBytes: 1_000_000 };
const metrics = new CacheErrorMetrics(new MetricsRegistry());

/** The lookup cache and the invalidator of one process, assembled like in the cache module. */
export interface Process {
  readonly lookupCache: LookupCache;
  readonly invalidator: Invalidator;
  readonly guard: StampedeGuard;
}

export interface ProcessParts {
  readonly store: EntryStore;
  readonly index: CustomerIndex;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly deadlineMs: number;
}

export function startProcess({ store, index, bus, clock, deadlineMs }: ProcessParts): Process {
  const near = new NearCache(clock, LIMITS, bus);
  const reader = new EntryReader(store, metrics);
  const writer = new EntryWriter(store, index, near, clock, { report: () => undefined });
  const guard = new StampedeGuard(store, bus, reader, writer, clock, { deadlineMs });
  return {
    lookupCache: new LookupCache(near, reader, writer, guard, clock),
    invalidator: new Invalidator(store, index),
    guard,
  };
}
