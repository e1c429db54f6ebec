import type { EventLog, GapReason, LogConsumer, LogPartition, LogRecord } from '../../src/messaging/log/event-log.js';

/** A process of a region that keeps all records that it reads. */
export class LogListener implements LogConsumer {
  readonly gaps: { readonly at: LogPartition; readonly reason: GapReason }[] = [];
  /** The answer of the region when the log asks whether it has read a partition. */
  readBefore = false;
  /** The number of calls of `apply` that fail before one succeeds. */
  failuresLeft = 0;
  private readonly records: LogRecord[] = [];

  constructor(readonly log: EventLog) {}

  start(): void {
    this.log.consume(this);
  }

  hasRead(): Promise<boolean> {
    return Promise.resolve(this.readBefore);
  }

  apply(_at: LogPartition, records: readonly LogRecord[]): Promise<void> {
    if (this.failuresLeft > 0) {
      this.failuresLeft -= 1;
      return Promise.reject(new Error('the store is not available'));
    }
    this.records.push(...records);
    return Promise.resolve();
  }

  missed(at: LogPartition, reason: GapReason): Promise<void> {
    this.gaps.push({ at, reason });
    return Promise.resolve();
  }

  recordsOf(key: string): LogRecord[] {
    return this.records.filter((record) => record.key === key);
  }

  valuesOf(key: string): string[] {
    return this.recordsOf(key).map(({ value }) => value);
  }

  /** The partitions in which a record with this value was read. */
  partitionsWith(value: string): string[] {
    const found = this.records.filter((record) => record.value === value);
    return [...new Set(found.map(({ topic, partition }) => `${topic}:${partition}`))];
  }
}
