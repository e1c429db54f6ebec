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
  const running = new RunningCheck<R>({ writes, acks: acks.toSorted((left, right) => left.atMs - right.atMs) });
  for (const read of reads) running.judge(read);
  const { checked, excused, violations } = running;
  return { checked, excused, violations };
}

/** The record of a run that goes on. Both lists only grow, and acknowledgements rise in time. */
interface Recorded {
  readonly writes: readonly Write[];
  readonly acks: readonly Ack[];
}

/**
 * Checks reads while a run goes on, so that a long run need not keep them.
 *
 * Guarantees: the verdict of `check`. The law compares a read with acknowledgements before its
 * start and with writes before its end. Both are recorded when the read is judged, because one
 * process records all of them.
 */
export class RunningCheck<R extends Read = Read> implements Verdict<R> {
  readonly violations: Violation<R>[] = [];
  checked = 0;
  excused = 0;
  /** The acknowledgements per subject in order of time, without those that raise no version. */
  private readonly floors = new Map<number, Ack[]>();
  private readonly written = new Map<string, number>();
  private writesRead = 0;
  private acksRead = 0;

  /** @param counts whether the check knows an acknowledgement. Default: it knows all of them */
  constructor(
    private readonly recorded: Recorded,
    private readonly counts: (ack: Ack) => boolean = () => true,
  ) {}

  /** Called as soon as the answer of the read has arrived. */
  judge(read: R): void {
    this.catchUp();
    const steps = this.floors.get(read.subject) ?? [];
    const floor = lastBefore(steps, read.startMs - read.graceMs);
    if (floor !== undefined) this.checked += 1;
    if (floor !== undefined && read.version < floor.version) this.violations.push({ kind: 'stale', read, floor });
    else if (read.graceMs > 0 && read.version < (lastBefore(steps, read.startMs)?.version ?? -Infinity))
      this.excused += 1;
    if (!((this.written.get(writeKey(read)) ?? Infinity) <= read.endMs))
      this.violations.push({ kind: 'unwritten', read });
  }

  private catchUp(): void {
    const { writes, acks } = this.recorded;
    for (let write = writes[this.writesRead]; write !== undefined; write = writes[(this.writesRead += 1)])
      this.written.set(writeKey(write), write.atMs);
    for (let ack = acks[this.acksRead]; ack !== undefined; ack = acks[(this.acksRead += 1)])
      if (this.counts(ack)) this.learn(ack);
  }

  private learn(ack: Ack): void {
    const steps = this.floors.get(ack.subject) ?? [];
    if (ack.version > (steps.at(-1)?.version ?? -Infinity)) steps.push(ack);
    this.floors.set(ack.subject, steps);
  }
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

function writeKey({ subject, version }: Pick<Write, 'subject' | 'version'>): string {
  return `${subject}@${version}`;
}
