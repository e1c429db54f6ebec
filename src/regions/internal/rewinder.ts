import type { EventLog, LogPartition } from '../../messaging/log/event-log.js';
import type { HeardStore } from './heard-store.js';
import type { HeardTable } from './heard-table.js';
import { patiently } from './patient.js';
import type { RegionConsumer } from './region-consumer.js';

/**
 * After a loss, the log is read again from this long before the loss, in milliseconds. A failover
 * loses the writes of some seconds.
 */
const REWIND_MS = 60_000;
const TRY_FOR_MS = 600_000;

/**
 * Reads the last records of the log again after the region's store has lost data.
 *
 * Guarantees: the store lists a partition as due from the loss until a process reads it again and
 * the log has the earlier position. So if this process ends in between, the next process that reads
 * the partition does the work.
 *
 * Does not guarantee: that records are read again only once.
 */
export class Rewinder {
  private isRewinding = false;
  private isNoting = false;
  private lostMs = 0;
  private isClosed = false;

  constructor(
    private readonly consumer: Pick<RegionConsumer, 'storeLostData'>,
    private readonly store: Pick<HeardStore, 'rewound'>,
    private readonly log: Pick<EventLog, 'rewind' | 'status'>,
  ) {}

  /** Called after the store has lost data. Never rejects. */
  async lost(lostMs: number): Promise<void> {
    this.lostMs = Math.max(this.lostMs, lostMs);
    if (this.isNoting) return;
    this.isNoting = true;
    try {
      for (let noted = 0; noted < this.lostMs && !this.isClosed;) {
        noted = this.lostMs;
        await patiently(
          () => this.consumer.storeLostData(this.lostMs),
          TRY_FOR_MS,
          () => this.isClosed,
        );
      }
    } catch {
      // The store stays away. The floor of the loss refuses the entries that were loaded before.
    } finally {
      this.isNoting = false;
    }
  }

  close(): void {
    this.isClosed = true;
  }

  /** Called after each reading of what the region has heard. Never throws. */
  check(nowMs: number, table: HeardTable): void {
    const due = table.dueOf(this.log.status().lag);
    if (due.length === 0 || this.isRewinding) return;
    this.isRewinding = true;
    const { lostMs } = table;
    const firstMs = Math.min(...due.map(({ dueMs }) => dueMs));
    this.rewind(due, lostMs, Math.max(0, nowMs - firstMs) + REWIND_MS)
      // The next reading tries again.
      .catch(() => undefined)
      .finally(() => (this.isRewinding = false));
  }

  private async rewind(due: readonly LogPartition[], lostMs: number, ms: number): Promise<void> {
    const done = await this.log.rewind(ms);
    const rewound = due.filter((each) => done.some((at) => isSame(at, each)));
    if (rewound.length > 0) await this.store.rewound(rewound, lostMs);
  }
}

function isSame(one: LogPartition, other: LogPartition): boolean {
  return one.topic === other.topic && one.partition === other.partition;
}
