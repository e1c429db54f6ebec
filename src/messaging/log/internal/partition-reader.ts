import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';
import type { LogConsumer, LogPartition, LogRecord } from '../event-log.js';
import { fetchedBatches, hasAborted, type FetchedBatch, type FetchedPartition } from './fetched-records.js';
import { PositionHistory } from './position-history.js';

/** Records that one call of `apply` gets. The position moves after each call. */
const APPLIED_AT_ONCE = 500;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2000;

/**
 * Reads one partition. Keeps its position, applies its records, and notices skipped offsets.
 *
 * Guarantees: records are applied in their order, one call at a time, and `position` moves only
 * after their effect. If a fetch skips offsets, the partition is read again from the last position.
 * If the same offsets are skipped again, they are reported as missed.
 *
 * Race it prevents:
 * 1. A fetch is in flight, or an effect is not done yet.
 * 2. The position is set back.
 * 3. The late result would move the position forward again.
 * So each result belongs to a `generation`, and a result of an earlier generation is ignored.
 */
export class PartitionReader {
  /** Offset of the next record to apply. */
  position: bigint;
  /** The position that Kafka has. `undefined` if none is known. */
  committed: bigint | undefined;
  /** The offset after the last record of the partition, by the last fetch. */
  end: bigint;
  private readonly history = new PositionHistory();
  private applying: Promise<void> | undefined;
  /** The last cause for which the position was set back. */
  private cause: number | undefined;
  private skippedAt: bigint | undefined;
  private generation = 0;
  private isStopped = false;

  constructor(
    readonly at: LogPartition,
    position: bigint,
    private readonly consumer: LogConsumer,
    private readonly clock: Clock,
  ) {
    this.position = position;
    this.end = position;
    this.history.note(clock.nowMs(), position);
  }

  get isBusy(): boolean {
    return this.applying !== undefined;
  }

  /** Resolves when the records of the last fetch are applied. */
  idle(): Promise<void> {
    return this.applying ?? Promise.resolve();
  }

  /** @param from the position at which the fetch was sent */
  take(fetched: FetchedPartition, from: bigint): void {
    if (this.isStopped || from !== this.position || this.applying !== undefined) return;
    this.end = fetched.highWatermark > this.position ? fetched.highWatermark : this.position;
    const batches = fetchedBatches(this.at, fetched).filter(({ last }) => last >= from);
    if (batches.length === 0) return;
    this.applying = this.applyAll(batches, hasAborted(fetched)).finally(() => {
      this.applying = undefined;
    });
  }

  /** Continues at an offset of a log that may be another one. */
  seek(position: bigint): void {
    this.history.clear();
    this.continueAt(position);
  }

  /** Continues at an earlier offset. A later one changes nothing. */
  setBack(position: bigint, cause: number): void {
    this.cause = cause;
    if (position < this.position) this.continueAt(position);
  }

  /** Whether the position was set back for this cause, and for no later one. */
  isSetBackFor(cause: number): boolean {
    return this.cause === cause;
  }

  stop(): void {
    this.isStopped = true;
    this.generation += 1;
  }

  note(): void {
    this.history.note(this.clock.nowMs(), this.position);
  }

  /** The position behind the records that were applied `ms` ago, if the reading began before. */
  positionBefore(ms: number): bigint | undefined {
    return this.history.positionAt(this.clock.nowMs() - ms);
  }

  private continueAt(position: bigint): void {
    this.generation += 1;
    this.position = position;
    this.note();
  }

  /** Records that a fetch brings together are applied together, however a producer divided them. */
  private async applyAll(batches: readonly FetchedBatch[], gapsAreKnown: boolean): Promise<void> {
    const { generation } = this;
    let records: LogRecord[] = [];
    let end = this.position;
    for (const { first, last, records: more } of batches) {
      if (first > end && !gapsAreKnown) {
        if (!(await this.applyUpTo(end, records, generation)) || !(await this.passGap())) return;
        records = [];
      }
      const from = end;
      records.push(...more.filter(({ offset }) => offset >= from));
      end = last + 1n;
    }
    await this.applyUpTo(end, records, generation);
  }

  /** Returns false if the position was set before that. */
  private async applyUpTo(end: bigint, records: readonly LogRecord[], generation: number): Promise<boolean> {
    for (let at = 0; at < records.length; at += APPLIED_AT_ONCE) {
      const part = records.slice(at, at + APPLIED_AT_ONCE);
      if (!(await this.apply(part, generation))) return false;
      this.moveTo((part.at(-1)?.offset ?? this.position) + 1n);
    }
    if (generation !== this.generation) return false;
    this.moveTo(end);
    return true;
  }

  /**
   * Returns whether the reading continues after the gap. The first time, the same offsets are read
   * again.
   */
  private async passGap(): Promise<boolean> {
    if (this.skippedAt !== this.position) {
      this.skippedAt = this.position;
      return false;
    }
    const { generation } = this;
    await this.consumer.missed(this.at, 'skipped');
    return generation === this.generation;
  }

  /**
   * Repeats until the effect is done. Returns false if the position was set to another offset
   * before.
   */
  private async apply(records: readonly LogRecord[], generation: number): Promise<boolean> {
    for (
      let retryMs = FIRST_RETRY_MS;
      generation === this.generation;
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    ) {
      try {
        await this.consumer.apply(this.at, records);
        return generation === this.generation;
      } catch {
        await sleep(retryMs * Math.random(), undefined, { ref: false });
      }
    }
    return false;
  }

  private moveTo(position: bigint): void {
    this.position = position;
    this.note();
  }
}
