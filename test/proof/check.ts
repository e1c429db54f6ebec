import type { Ack, History, Read, Write } from './history.js';

/** A read that got what was invalidated before it started. */
interface StaleRead<R extends Read = Read> {
  readonly kind: 'stale';
  readonly read: R;
  /** The version it should have had at least, and when that was acknowledged. */
  readonly floor: Ack;
}

/** A read that got what nobody had written by then: the recording, or the thing under test, made it up. */
interface UnwrittenRead<R extends Read = Read> {
  readonly kind: 'unwritten';
  readonly read: R;
}

export type Violation<R extends Read = Read> = StaleRead<R> | UnwrittenRead<R>;

export interface Verdict<R extends Read = Read> {
  /** Reads that could have been wrong: they started after an acknowledgement for their subject, their grace taken off. */
  readonly checked: number;
  /** Reads that only their grace saved. */
  readonly excused: number;
  readonly violations: readonly Violation<R>[];
}

/**
 * Checks that what was invalidated was never served again.
 *
 * The law, per subject: a read that started later than `graceMs` after the acknowledgement of an invalidation that was issued after
 * version v was written is answered with v or a later version, and with none that was not written when the read ended. Or: every read
 * sees the record as it was at some moment between the last invalidation acknowledged before the read started and the end of the read.
 * Free is what reads see in between, in whatever order: nothing is promised of a change that nobody told.
 *
 * One binary search a read.
 */
export function check<R extends Read>({ writes, acks, reads }: History<R>): Verdict<R> {
  const floors = floorsOf(acks);
  const written = new Map(writes.map((write) => [writeKey(write), write.atMs]));
  const violations: Violation<R>[] = [];
  let checked = 0;
  let excused = 0;
  for (const read of reads) {
    const steps = floors.get(read.subject) ?? [];
    const floor = lastBefore(steps, read.startMs - read.graceMs);
    if (floor !== undefined) checked += 1;
    if (floor !== undefined && read.version < floor.version) violations.push({ kind: 'stale', read, floor });
    else if (read.graceMs > 0 && read.version < (lastBefore(steps, read.startMs)?.version ?? -Infinity)) excused += 1;
    if (!((written.get(writeKey(read)) ?? Infinity) <= read.endMs)) violations.push({ kind: 'unwritten', read });
  }
  return { checked, excused, violations };
}

/** The last acknowledgement before a moment, among those of one subject that raised what must be answered. */
function lastBefore(steps: readonly Ack[], atMs: number): Ack | undefined {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle]?.atMs ?? Infinity) < atMs) low = middle + 1;
    else high = middle;
  }
  return steps[low - 1];
}

/** Per subject the acknowledgements in the order of time, without those that asked for no more than an earlier one. */
function floorsOf(acks: readonly Ack[]): ReadonlyMap<number, readonly Ack[]> {
  const floors = new Map<number, Ack[]>();
  for (const ack of acks.toSorted((one, other) => one.atMs - other.atMs)) {
    const steps = floors.get(ack.subject) ?? [];
    if (ack.version > (steps.at(-1)?.version ?? -Infinity)) steps.push(ack);
    floors.set(ack.subject, steps);
  }
  return floors;
}

function writeKey({ subject, version }: Pick<Write, 'subject' | 'version'>): string {
  return `${subject}@${version}`;
}
