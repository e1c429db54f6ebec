import { TOMBSTONE_MS } from '../../../src/cache/internal/customer-index.js';
import { MAX_UNHEARD_MS } from '../../../src/messaging/event-bus.js';
import type { AckSeen, Chronicle, LoadSeen, Moment, ReadSeen } from './chronicle.js';

/** What was broken, in words for the one who reads a failed run. */
type Violation = string;

/**
 * No read that starts after an acknowledged invalidation returns a value whose load began before it. Excused are near copies, as long as
 * their law allows.
 */
export function servedAgain(seen: Chronicle, nearTtlMs: number): Violation[] {
  return staleServings(seen)
    .filter((serving) => !isAllowedNearCopy(seen, serving, nearTtlMs))
    .map(({ read, load, ack }) => `${told(read)}, which began at ${told(load)}, after the ack ${told(ack.acked)}`);
}

/** The same, where nobody can say what was a near copy: within the time that near copies are allowed, anything goes. */
export function servedMuchLater(seen: Chronicle, graceMs: number): Violation[] {
  return staleServings(seen)
    .filter(({ read, ack }) => read.started.atMs >= ack.acked.atMs + graceMs)
    .map(({ read, load, ack }) => `${told(read)}, which began at ${told(load)}, long after the ack ${told(ack.acked)}`);
}

/** How many reads only the law of near copies excused. */
export function excused(seen: Chronicle, nearTtlMs: number): number {
  return staleServings(seen).filter((serving) => isAllowedNearCopy(seen, serving, nearTtlMs)).length;
}

/** A value invalidated while it was being loaded reaches only those who asked before. */
export function voidedReachedLater(seen: Chronicle): Violation[] {
  return voidedLoads(seen).flatMap(({ load, at }) =>
    readsOf(seen, load)
      .filter(({ started }) => started.step > at.step)
      .map((read) => `${told(read)}, which was voided at ${told(at)}`),
  );
}

/** After an acknowledged critical event nothing of the customer is kept, nor served from the store, for 30 s. For runs without near copies. */
export function keptUnderTombstone({ acks, keeps, reads }: Chronicle): Violation[] {
  return acks.flatMap(({ begun, acked }) => {
    const endMs = begun.critical ? begun.at.atMs + TOMBSTONE_MS : -Infinity;
    const isUnder = ({ step, atMs }: Moment): boolean => step > acked.step && atMs < endMs;
    const kept = keeps.filter(({ at }) => isUnder(at)).map(({ at }) => `kept at ${told(at)}`);
    const served = reads.filter(({ started, ended, source }) => {
      const isKept = source === 'stale' || source === 'cache';
      return isKept && isUnder(started) && ended !== undefined && isUnder(ended);
    });
    return [...kept, ...served.map(told)].map((what) => `under the tombstone of ${told(begun.at)}: ${what}`);
  });
}

/**
 * Per key one load at a time, while no lease runs out. A drop ends the lease of the load that it voids: the next may begin although that
 * one is still under way.
 */
export function loadsAtOnce(seen: Chronicle): Violation[] {
  return seen.loads.flatMap((later) =>
    seen.loads
      .filter((load) => load.key === later.key && isUnderWay(load, later.began) && load !== later)
      .filter((load) => !wasDroppedBetween(seen, load, later))
      .map((load) => `${told(later)} began while ${told(load)} was under way`),
  );
}

/** Loads that were under way when an event took its place in the order of events. */
export function voidedLoads({ begins, loads }: Chronicle): { readonly load: LoadSeen; readonly at: Moment }[] {
  return begins.flatMap(({ at }) => loads.filter((load) => isUnderWay(load, at)).map((load) => ({ load, at })));
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
      .filter(({ begun, acked }) => acked.step < read.started.step && load.began.step < begun.at.step)
      .map((ack) => ({ read, load, ack }));
  });
}

/** Not once its process has heard of the drop, not beyond the near TTL, and not after the channel would have fallen silent. */
function isAllowedNearCopy(seen: Chronicle, { read, load, ack }: StaleServing, nearTtlMs: number): boolean {
  if (read.source !== 'cache') return false;
  const { started, process, key } = read;
  const isHeard = seen.hearings.some(
    (hearing) =>
      hearing.process === process &&
      (hearing.key ?? key) === key &&
      hearing.droppedAtStep > ack.begun.at.step &&
      hearing.at.step < started.step,
  );
  const comings = seen.comings.filter((coming) => coming.process === process && coming.text === load.text);
  const lastCameMs = Math.max(load.ended?.atMs ?? -Infinity, ...comings.map(({ atMs }) => atMs));
  return !isHeard && started.atMs < lastCameMs + nearTtlMs && started.atMs < ack.acked.atMs + MAX_UNHEARD_MS;
}

function isUnderWay({ began, ended }: LoadSeen, { step }: Moment): boolean {
  return began.step < step && (ended === undefined || step < ended.step);
}

/** A lease is granted some time after its reader asked, and the older of two may be the later one to load. */
function wasDroppedBetween({ drops }: Chronicle, one: LoadSeen, later: LoadSeen): boolean {
  const sinceStep = Math.min(one.forRead.started.step, later.forRead.started.step);
  return drops.some(({ key, at }) => key === one.key && at.step > sinceStep && at.step < later.began.step);
}

function told(seen: Moment | ReadSeen | LoadSeen): string {
  if ('step' in seen) return `#${seen.step} (${seen.atMs} ms)`;
  if ('began' in seen) return `${seen.text} ${told(seen.began)}`;
  return `the read ${told(seen.started)} of process ${seen.process} got ${seen.text ?? 'nothing'} (${seen.source ?? 'waits'})`;
}
