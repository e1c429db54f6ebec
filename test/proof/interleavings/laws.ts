import { TOMBSTONE_MS } from '../../../src/cache/internal/customer-index.js';
import { MAX_UNHEARD_MS } from '../../../src/messaging/event-bus.js';
import type { AckSeen, Chronicle, LoadSeen, Moment, ReadSeen } from './chronicle.js';

/** A broken law, in words for the reader of a failed run. */
type Violation = string;

/**
 * No read that starts after an acknowledged invalidation returns a value whose load began before
 * that invalidation. Near-cache entries are excused as long as their law allows.
 */
export function servedAgain(seen: Chronicle, nearTtlMs: number): Violation[] {
  return staleServings(seen)
    .filter((serving) => !isAllowedNearEntry(seen, serving, nearTtlMs))
    .map(
      ({ read, load, ack }) =>
        `${describeSeen(read)}, which began at ${describeSeen(load)}, after the ack ${describeSeen(ack.acked)}`,
    );
}

/**
 * The same law for runs that cannot identify near-cache entries: every value is excused within
 * `graceMs`.
 */
export function servedMuchLater(seen: Chronicle, graceMs: number): Violation[] {
  return staleServings(seen)
    .filter(({ read, ack }) => read.started.atMs >= ack.acked.atMs + graceMs)
    .map(
      ({ read, load, ack }) =>
        `${describeSeen(read)}, which began at ${describeSeen(load)}, long after the ack ${describeSeen(ack.acked)}`,
    );
}

/** The number of reads that only the law of near-cache entries excused. */
export function excused(seen: Chronicle, nearTtlMs: number): number {
  return staleServings(seen).filter((serving) => isAllowedNearEntry(seen, serving, nearTtlMs)).length;
}

/**
 * A value that was invalidated during its load reaches only readers that started before its
 * customer's entries were voided.
 */
export function voidedReachedLater(seen: Chronicle): Violation[] {
  return voidedLoads(seen).flatMap(({ load, at }) =>
    readsOf(seen, load)
      .filter(({ started }) => started.position > at.position)
      .map((read) => `${describeSeen(read)}, which was voided at ${describeSeen(at)}`),
  );
}

/**
 * For 30 s after an acknowledged critical event, no value of the customer is stored or served from
 * the store. For runs without near-cache entries.
 */
export function storedUnderTombstone({ acks, writes, reads }: Chronicle): Violation[] {
  return acks.flatMap(({ invalidation, acked }) => {
    const endMs = invalidation.critical ? invalidation.at.atMs + TOMBSTONE_MS : -Infinity;
    const isUnder = ({ position, atMs }: Moment): boolean => position > acked.position && atMs < endMs;
    const stored = writes.filter(({ at }) => isUnder(at)).map(({ at }) => `stored at ${describeSeen(at)}`);
    const served = reads.filter(({ started, ended, source }) => {
      const isStored = source === 'stale' || source === 'cache';
      return isStored && isUnder(started) && ended !== undefined && isUnder(ended);
    });
    return [...stored, ...served.map(describeSeen)].map(
      (violation) => `under the tombstone of ${describeSeen(invalidation.at)}: ${violation}`,
    );
  });
}

/**
 * At most one load of a key runs at a time, if no lease expires. A deletion ends the lease of the
 * load that it voids: the next load may begin although the voided load still runs.
 */
export function loadsAtOnce(seen: Chronicle): Violation[] {
  return seen.loads.flatMap((later) =>
    seen.loads
      .filter((load) => load.key === later.key && wasRunning(load, later.began) && load !== later)
      .filter((load) => !wasDeletedBetween(seen, load, later))
      .map((load) => `${describeSeen(later)} began while ${describeSeen(load)} was running`),
  );
}

/** The loads that ran from before an epoch was raised until the entries were voided. */
export function voidedLoads({ invalidations, loads }: Chronicle): { readonly load: LoadSeen; readonly at: Moment }[] {
  return invalidations.flatMap(({ raised, at }) =>
    loads.filter((load) => wasRunning(load, raised) && wasRunning(load, at)).map((load) => ({ load, at })),
  );
}

export function readsOf({ reads }: Chronicle, { text }: LoadSeen): ReadSeen[] {
  return reads.filter((read) => read.text === text);
}

interface StaleServing {
  readonly read: ReadSeen;
  readonly load: LoadSeen;
  readonly ack: AckSeen;
}

function staleServings(seen: Chronicle): StaleServing[] {
  return seen.reads.flatMap((read) => {
    const load = seen.loadOf(read);
    if (load === undefined) return [];
    return seen.acks
      .filter(
        ({ invalidation, acked }) =>
          acked.position < read.started.position && load.began.position < invalidation.raised.position,
      )
      .map((ack) => ({ read, load, ack }));
  });
}

/**
 * A near-cache entry is allowed until its process receives the deletion, until the near TTL ends,
 * and until the process would notice a silent channel.
 */
function isAllowedNearEntry(seen: Chronicle, { read, load, ack }: StaleServing, nearTtlMs: number): boolean {
  if (read.source !== 'cache') return false;
  const { started, process, key } = read;
  const isDelivered = seen.deliveries.some(
    (delivery) =>
      delivery.process === process &&
      (delivery.key ?? key) === key &&
      delivery.deletedAtPosition > ack.invalidation.at.position &&
      delivery.at.position < started.position,
  );
  const arrivals = seen.arrivals.filter((arrival) => arrival.process === process && arrival.text === load.text);
  const lastArrivalMs = Math.max(load.ended?.atMs ?? -Infinity, ...arrivals.map(({ atMs }) => atMs));
  return !isDelivered && started.atMs < lastArrivalMs + nearTtlMs && started.atMs < ack.acked.atMs + MAX_UNHEARD_MS;
}

function wasRunning({ began, ended }: LoadSeen, { position }: Moment): boolean {
  return began.position < position && (ended === undefined || position < ended.position);
}

/** A lease is granted some time after its read began: the older of two reads may load later. */
function wasDeletedBetween({ deletions }: Chronicle, earlier: LoadSeen, later: LoadSeen): boolean {
  const sinceStep = Math.min(earlier.forRead.started.position, later.forRead.started.position);
  return deletions.some(
    ({ key, at }) => key === earlier.key && at.position > sinceStep && at.position < later.began.position,
  );
}

function describeSeen(seen: Moment | ReadSeen | LoadSeen): string {
  if ('position' in seen) return `#${seen.position} (${seen.atMs} ms)`;
  if ('began' in seen) return `${seen.text} ${describeSeen(seen.began)}`;
  return `the read ${describeSeen(seen.started)} of process ${seen.process} got ${seen.text ?? 'nothing'} (${seen.source ?? 'waits'})`;
}
