import type { CustomerIndex } from '../../src/cache/customer-index.js';
import { EntryKeeper } from '../../src/cache/entry-keeper.js';
import { EntryReader } from '../../src/cache/entry-reader.js';
import type { EntryStore } from '../../src/cache/entry-store.js';
import { Forgetting } from '../../src/cache/forgetting.js';
import { Landings } from '../../src/cache/landings.js';
import { LeaseKeeper } from '../../src/cache/lease-keeper.js';
import { LonelyFailures } from '../../src/cache/lonely-failures.js';
import { NearCopies } from '../../src/cache/near-copies.js';
import { ReadPath } from '../../src/cache/read-path.js';
import { StampedeGuard } from '../../src/cache/stampede-guard.js';
import type { Clock } from '../../src/kernel/clock.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';

const ROOM = { maxEntries: 100, maxBytes: 1_000_000 };
const metrics = new Metrics();

/** The read path and the forgetting of one process, put together as the cache module does it. */
export interface Process {
  readonly readPath: ReadPath;
  readonly forgetting: Forgetting;
  readonly guard: StampedeGuard;
}

export function startProcess(store: EntryStore, index: CustomerIndex, clock: Clock, deadlineMs: number): Process {
  const near = nearCopies(store, clock);
  const reader = new EntryReader(store, metrics);
  const keeper = new EntryKeeper(store, index, near, clock);
  const guard = stampedeGuard(store, reader, keeper, clock, deadlineMs);
  return {
    readPath: new ReadPath(near, reader, keeper, guard, clock),
    forgetting: new Forgetting(store, index, () => true),
    guard,
  };
}

function nearCopies(store: EntryStore, clock: Clock): NearCopies {
  const near = new NearCopies(clock, ROOM, () => store.hearsDrops());
  store.onDrop((key) => near.drop(key));
  store.onDropsMissed(() => near.clear());
  return near;
}

function stampedeGuard(
  store: EntryStore,
  reader: EntryReader,
  keeper: EntryKeeper,
  clock: Clock,
  deadlineMs: number,
): StampedeGuard {
  const landings = new Landings(clock);
  store.onLanding((key) => landings.landed(key));
  store.onDrop((key) => landings.landed(key));
  const [leases, failures] = [new LeaseKeeper(store), new LonelyFailures(clock)];
  return new StampedeGuard({ store, reader, keeper, leases, landings, failures, clock, deadlineMs });
}
