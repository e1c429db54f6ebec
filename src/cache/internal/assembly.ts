import type { NearConfig } from '../../config/config.js';
import type { Clock } from '../../kernel/clock.js';
import type { EntryWriter } from './entry-writer.js';
import type { EntryReader } from './entry-reader.js';
import type { EntryStore } from './entry-store.js';
import { LoadWaiters } from './load-waiters.js';
import { LeaseRenewer } from './lease-renewer.js';
import { LocalFailureBackoff } from './local-failure-backoff.js';
import { NearCache } from './near-cache.js';
import { StampedeGuard } from '../stampede-guard.js';

/** Near copies that hear of drops as their store does. */
export function nearCopies(bounds: NearConfig) {
  return (store: EntryStore, clock: Clock): NearCache => {
    const near = new NearCache(clock, bounds, () => store.hearsDrops());
    store.onDrop((key) => near.delete(key));
    store.onDropsMissed(() => near.clear());
    return near;
  };
}

/** The guard of a store, woken by what lands there and by what is dropped. */
export function stampedeGuard(deadlineMs: number) {
  return (store: EntryStore, reader: EntryReader, keeper: EntryWriter, clock: Clock): StampedeGuard => {
    const landings = new LoadWaiters(clock);
    store.onLanding((key) => landings.finished(key));
    store.onDrop((key) => landings.finished(key));
    const failures = new LocalFailureBackoff(clock);
    return new StampedeGuard({
      store,
      reader,
      keeper,
      leases: new LeaseRenewer(store),
      landings,
      failures,
      clock,
      deadlineMs,
    });
  };
}
