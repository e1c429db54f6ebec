import type { EventLog, LogPartition, RecordToAppend } from '../../messaging/log/event-log.js';
import { VALUE_VERSION, type RegionHeartbeat } from '../../messaging/log/log-values.js';
import type { HeardStore } from './heard-store.js';

/** How long the log may take for one step of a heartbeat, in milliseconds. */
const STEP_WITHIN_MS = 2000;
/** The most records of one append. */
const RECORDS_PER_APPEND = 500;

export interface HeartbeatsOptions {
  readonly region: string;
  readonly everyMs: number;
  /** Fingerprint of `KEY_SECRET`. */
  readonly key: string;
  /** Fingerprints of the table of homes. */
  readonly homes: () => string;
  readonly log: Pick<EventLog, 'partitions' | 'append'>;
  readonly store: HeardStore;
  /** Whether this process writes the heartbeats of the region. */
  readonly isLeader: () => boolean;
}

/**
 * Appends a heartbeat to every partition of the log, from one process of the region.
 *
 * Guarantees this order: the clock is read for `sentMs`, the partitions are listed, the partitions
 * are declared in the region's store, the heartbeats are appended. So if a partition is not
 * declared yet when the heartbeat is appended, every record in the partition is later than
 * `sentMs`.
 *
 * Does not guarantee: a heartbeat while the log or the region's store is away.
 */
export class Heartbeats {
  private timer: NodeJS.Timeout | undefined;
  private isBeating = false;
  private ackedMs = 0;

  constructor(private readonly options: HeartbeatsOptions) {}

  open(): void {
    this.timer = setInterval(() => this.beat(), this.options.everyMs).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Begins a heartbeat, unless another one has not ended yet. */
  beat(): void {
    if (this.isBeating || !this.options.isLeader()) return;
    this.isBeating = true;
    this.send()
      // The next heartbeat tries again. The health page shows that the region hears nothing.
      .catch(() => undefined)
      .finally(() => (this.isBeating = false));
  }

  private async send(): Promise<void> {
    const { store, log } = this.options;
    const { nowMs, store: identity } = await store.beginHeartbeat();
    const partitions = await log.partitions(STEP_WITHIN_MS);
    await store.declare(partitions, this.ackedMs);
    const records = partitions.map((at) => this.record(at, nowMs, identity));
    for (let from = 0; from < records.length; from += RECORDS_PER_APPEND)
      await log.append(records.slice(from, from + RECORDS_PER_APPEND), STEP_WITHIN_MS);
    this.ackedMs = nowMs;
  }

  private record({ topic, partition }: LogPartition, sentMs: number, store: string): RecordToAppend {
    const { region, key, homes } = this.options;
    const type = 'region.heartbeat';
    const value: RegionHeartbeat = { schema: VALUE_VERSION, type, region, sentMs, store, key, homes: homes() };
    return { topic, partition, key: `heartbeat:${region}`, value: JSON.stringify(value) };
  }
}
