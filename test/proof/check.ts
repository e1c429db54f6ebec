import type { Ack, History, Read, Write } from './history.js';

/** A read that returned a version that was invalidated before the read started. */
interface StaleRead<R extends Read = Read> {
  readonly kind: 'stale';
  readonly read: R;
  /**
   * The oldest version the read was allowed to return, and when its invalidation was acknowledged.
   */
  readonly floor: Ack;
}

/**
 * A read that returned a version the origin had not written when the read ended.
 * Either the recording or the service under test is wrong.
 */
interface UnwrittenRead<R extends Read = Read> {
  readonly kind: 'unwritten';
  readonly read: R;
}

export type Violation<R extends Read = Read> = StaleRead<R> | UnwrittenRead<R>;

export interface Verdict<R extends Read = Read> {
  /**
   * Number of reads that started later than their grace period after an acknowledgement for their
   * subject.
   */
  readonly checked: number;
  /** Number of reads that only their grace period excuses. */
  readonly excused: number;
  readonly violations: readonly Violation<R>[];
}

/**
 * Checks that no read returned an invalidated version.
 *
 * The law, per subject: an invalidation issued after version v was written is acknowledged.
 * - A read that starts later than `graceMs` after the acknowledgement returns v or a later version.
 * - No read returns a version that was not written when the read ended.
 *
 * In other words: every read returns the record of a moment between two times. The first is the
 * last invalidation acknowledged before the read started; the second is the end of the read. Reads
 * may return the versions between these times in any order. The law does not cover a change without
 * an invalidation.
 *
 * Cost: two binary searches per read at most.
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

/**
 * Returns the last acknowledgement of a subject before `atMs`. `steps` hold only rising versions.
 */
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

/**
 * Returns the acknowledgements per subject in order of time, without those that raise no version.
 */
function floorsOf(acks: readonly Ack[]): ReadonlyMap<number, readonly Ack[]> {
  const floors = new Map<number, Ack[]>();
  for (const ack of acks.toSorted((left, right) => left.atMs - right.atMs)) {
    const steps = floors.get(ack.subject) ?? [];
    if (ack.version > (steps.at(-1)?.version ?? -Infinity)) steps.push(ack);
    floors.set(ack.subject, steps);
  }
  return floors;
}

function writeKey({ subject, version }: Pick<Write, 'subject' | 'version'>): string {
  return `${subject}@${version}`;
}
