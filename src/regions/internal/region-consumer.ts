import { DatadipError } from '../../kernel/errors.js';
import { mapWithLimit } from '../../kernel/map-with-limit.js';
import { PrioritySemaphore, type Permit } from '../../kernel/priority-semaphore.js';
import type { BusMetrics, BusOutcome } from '../../messaging/bus.metrics.js';
import type { GapReason, LogConsumer, LogPartition, LogRecord } from '../../messaging/log/event-log.js';
import { HOMES_PARTITION } from '../../messaging/log/log-values.js';
import type { DataLoss } from '../../platform/redis/history/data-loss.js';
import type { HeardStore, StoreMoment } from './heard-store.js';
import { BatchNews, PartitionReading, type OwnIdentity } from './partition-reading.js';
import { patiently } from './patient.js';
import { readRecord, type ReadRecord } from './read-record.js';
import type { RecordEffects } from './record-effects.js';
import type { SkippedLog } from './skipped-log.js';

/** The most keys of a partition whose records are applied at the same time. */
const KEYS_PER_PARTITION = 16;
/** The most records, of all partitions, that are applied at the same time. */
const RECORDS_PER_PROCESS = 64;
/** After this time of failures, the log delivers the same records again. In milliseconds. */
const GIVE_UP_AFTER_MS = 30_000;
/** Records about homes and heartbeats about homes share this key, so their order is kept. */
const HOMES = '';

export interface RegionConsumerOptions {
  readonly region: string;
  /** Fingerprint of `KEY_SECRET`. */
  readonly key: string;
  readonly store: HeardStore;
  /** The last reading of the store by this process. `undefined` before the first. */
  readonly moment: () => StoreMoment | undefined;
  readonly effects: Pick<RecordEffects, 'apply'>;
  readonly metrics: BusMetrics;
  readonly skipped: SkippedLog;
  readonly onGap: (at: LogPartition, reason: GapReason) => void;
  readonly onApplied: (record: ReadRecord, outcome: BusOutcome, beganAtMs: number) => void;
}

interface Part extends LogPartition {
  readonly reading: PartitionReading;
  /** Batches that are being applied. */
  applying: number;
  lastAt: number;
}

interface Step {
  readonly record: LogRecord;
  readonly read: ReadRecord;
  readonly again: boolean;
}

/**
 * Applies the records of the log to this region.
 *
 * Guarantees:
 * - The records of a key are applied in their order.
 * - The heartbeats of a batch are stored after the effects of all records of the batch.
 * - No record is skipped because the store is away: the consumer waits until the record is applied.
 * - A value that is malformed, or of a later schema, stops no other record.
 *
 * Does not guarantee: that a record is applied once.
 *
 * First race it prevents:
 * 1. A session of the log ends while Redis is slow. The next session delivers the records again.
 * 2. The first batch ends, and the heartbeats of the second one are noted before its effects.
 * Each batch has its own news.
 *
 * Second race it prevents:
 * 1. A record deletes an entry. Redis fails over to a replica that lacks the deletion.
 * 2. The mark of the event arrived at the replica, so the record counts as a duplicate.
 * After a loss, the consumer applies records even if their marks exist, until it reads an own
 * heartbeat that is later than the loss. The store keeps the time of the loss, for a process that
 * starts while the log is read again.
 *
 * The file exceeds 220 lines because a fourth says what it guarantees.
 */
export class RegionConsumer implements LogConsumer {
  private readonly parts = new Map<string, Part>();
  private readonly running = new PrioritySemaphore({ limit: () => RECORDS_PER_PROCESS, maxWaiting: 1_000_000 });
  /** The effect of records from before this time may be lost. By the clock of the store. */
  private againBeforeMs = -Infinity;
  private knowsLoss = false;
  private isClosed = false;

  constructor(private readonly options: RegionConsumerOptions) {}

  async hasRead(at: LogPartition): Promise<boolean> {
    const { table } = await this.patiently(() => this.options.store.read());
    return table.ownMs(at) > 0;
  }

  async apply(at: LogPartition, records: readonly LogRecord[]): Promise<void> {
    const part = this.part(at);
    part.applying += 1;
    part.lastAt = performance.now();
    try {
      await this.applyTo(part, records);
    } finally {
      part.applying -= 1;
      part.lastAt = performance.now();
    }
  }

  async missed(at: LogPartition, reason: GapReason): Promise<void> {
    this.options.onGap(at, reason);
    await this.patiently(() => this.options.store.raiseFloor());
    this.part(at).reading.missed();
  }

  /**
   * Called after the store has lost data. Resolves when the consumer knows which records may have
   * lost their effect, and the store has marked the partitions that must be read again.
   *
   * @param loss by the clock of the store. If the loss is noted already, nothing changes
   */
  async storeLostData(loss: DataLoss): Promise<void> {
    const noting = (): Promise<number> => this.options.store.noteLoss([...this.parts.values()], loss);
    this.againBeforeMs = Infinity;
    this.againBeforeMs = await this.patiently(noting);
  }

  /** Whether no record of the partition arrived for `forMs`, and none is being applied. */
  isIdle(at: LogPartition, forMs: number): boolean {
    const { applying, lastAt } = this.part(at);
    return applying === 0 && performance.now() - lastAt >= forMs;
  }

  close(): void {
    this.isClosed = true;
  }

  private async applyTo(part: Part, records: readonly LogRecord[]): Promise<void> {
    await this.learnLoss();
    const own = await this.identity();
    const news = new BatchNews();
    const steps = this.read(part, records, own, news);
    await mapWithLimit([...steps.values()], KEYS_PER_PARTITION, async (ofKey) => {
      for (const step of ofKey) await this.applyOne(part, step, own.nowMs, news);
    });
    const note = part.reading.note(news, own.store);
    if (note === undefined) return;
    await this.patiently(() => this.options.store.note(note));
    part.reading.noted(note);
  }

  /** Reads the records in order. Returns the records that have an effect, grouped by key. */
  private read({ reading, ...at }: Part, records: readonly LogRecord[], own: OwnIdentity, news: BatchNews) {
    const steps = new Map<string, Step[]>();
    for (const record of records) {
      const read = readRecord(record);
      reading.passed(record.offset);
      const again = this.againBeforeMs > -Infinity && !reading.isAfter(this.againBeforeMs);
      if (read.kind === 'heartbeat') reading.heartbeat(read.value, own, news);
      if (read.kind === 'heartbeat' && (read.value.region === own.region || !carriesHomes(at))) continue;
      const key = read.kind === 'heartbeat' || read.kind === 'home' ? HOMES : record.key;
      const ofKey = steps.get(key) ?? [];
      ofKey.push({ record, read, again });
      steps.set(key, ofKey);
    }
    return steps;
  }

  private async applyOne(part: Part, step: Step, nowMs: number, news: BatchNews): Promise<void> {
    const permit = this.running.tryAcquire() ?? (await this.permit());
    try {
      const outcome = await this.outcome(part, step, news);
      if (step.read.kind === 'heartbeat') return;
      this.options.metrics.count(part.topic, 'in', outcome);
      this.options.onApplied(step.read, outcome, nowMs);
    } finally {
      permit.release();
    }
  }

  private async outcome({ topic }: Part, { record, read, again }: Step, news: BatchNews): Promise<BusOutcome> {
    const { effects, skipped } = this.options;
    try {
      const outcome = await this.patiently(() => effects.apply(read, again));
      if (outcome === 'malformed' || outcome === 'later_schema') skipped.skipped(outcome, record);
      if (outcome === 'later_schema' && topic === 'customer.updated') news.doubtful('unreadable');
      return outcome;
    } catch (error) {
      if (error instanceof DatadipError && error.retryable) throw error;
      skipped.skipped('failed', record, error);
      if (topic === 'customer.updated') news.doubtful('unreadable');
      return 'failed';
    }
  }

  /** Another process may have stored a loss, and ended before it applied all records again. */
  private async learnLoss(): Promise<void> {
    if (this.knowsLoss) return;
    const { table } = await this.patiently(() => this.options.store.read());
    if (table.lostMs > 0) this.againBeforeMs = Math.max(this.againBeforeMs, table.lostMs);
    this.knowsLoss = true;
  }

  /** The identity may be out of date. The script that stores a heartbeat compares it once more. */
  private async identity(): Promise<OwnIdentity & { readonly nowMs: number }> {
    const { region, key, store: heard, moment } = this.options;
    const { store, nowMs } = moment() ?? (await this.patiently(() => heard.read()));
    return { region, key, store, nowMs };
  }

  private patiently<T>(work: () => Promise<T>): Promise<T> {
    return patiently(work, GIVE_UP_AFTER_MS, () => this.isClosed);
  }

  private permit(): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (this.running.enqueue(resolve) === undefined) reject(new RangeError('too many records wait'));
    });
  }

  private part({ topic, partition }: LogPartition): Part {
    const key = `${topic}:${partition}`;
    const known = this.parts.get(key);
    if (known !== undefined) return known;
    const reading = new PartitionReading({ topic, partition });
    const part = { topic, partition, reading, applying: 0, lastAt: -Infinity };
    this.parts.set(key, part);
    return part;
  }
}

function carriesHomes({ topic, partition }: LogPartition): boolean {
  return topic === HOMES_PARTITION.topic && partition === HOMES_PARTITION.partition;
}
