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

const ROOM = { maxEntries: 100, maxBytes: 1_000_000 };
const metrics = new CacheErrorMetrics(new MetricsRegistry());

/** The read path and the forgetting of one process, put together as the cache module does it. */
export interface Process {
  readonly readPath: LookupCache;
  readonly forgetting: Invalidator;
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
  const near = new NearCache(clock, ROOM, bus);
  const reader = new EntryReader(store, metrics);
  const keeper = new EntryWriter(store, index, near, clock);
  const guard = new StampedeGuard(store, bus, reader, keeper, clock, { deadlineMs });
  return {
    readPath: new LookupCache(near, reader, keeper, guard, clock),
    forgetting: new Invalidator(store, index),
    guard,
  };
}
