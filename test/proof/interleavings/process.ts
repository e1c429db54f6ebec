import type { CustomerIndex } from '../../../src/cache/internal/customer-index.js';
import { EntryWriter } from '../../../src/cache/internal/entry-writer.js';
import type { EntryStore } from '../../../src/cache/internal/entry-store.js';
import { NearCache } from '../../../src/cache/internal/near-cache.js';
import { Invalidator } from '../../../src/cache/invalidator.js';
import { NoOutbox } from '../../../src/messaging/outbox/no-outbox.js';
import { LookupCache } from '../../../src/cache/lookup-cache.js';
import { StampedeGuard } from '../../../src/cache/stampede-guard.js';
import type { Clock } from '../../../src/kernel/clock.js';
import type { EventBus } from '../../../src/messaging/event-bus.js';
import { entryReader } from '../../support/entry-reader.js';
import { hearingAlone } from '../../support/hearing.js';

const LIMITS = { maxEntries: 100, maxBytes: 1_000_000 };

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
  const hearing = hearingAlone(clock);
  const near = new NearCache(clock, LIMITS, bus, hearing);
  const reader = entryReader(store);
  const writer = new EntryWriter(store, index, near, clock, hearing, { report: () => undefined });
  const guard = new StampedeGuard(store, bus, reader, writer, clock, hearing, { deadlineMs });
  return {
    lookupCache: new LookupCache(near, reader, writer, guard, clock),
    invalidator: new Invalidator(store, index, new NoOutbox(), 'test'),
    guard,
  };
}
