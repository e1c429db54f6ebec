import type { EventLog, LogPartition } from '../../messaging/log/event-log.js';
import type { DataLoss } from '../../platform/redis/history/data-loss.js';
import type { HeardStore } from './heard-store.js';
import type { HeardTable } from './heard-table.js';
import { patiently } from './patient.js';
import type { RegionConsumer } from './region-consumer.js';

/**
 * How much more of the log is read again, in milliseconds. The clocks of two nodes of Redis may
 * differ by 500 ms, and positions are remembered each second.
 */
const MARGIN_MS = 3000;
const TRY_FOR_MS = 600_000;

/**
 * Reads the log again after the region's store has lost data: what was applied since the store was
 * intact.
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
  private loss: DataLoss = { lostMs: 0, intactMs: Infinity };
  private isClosed = false;

  constructor(
    private readonly consumer: Pick<RegionConsumer, 'storeLostData'>,
    private readonly store: Pick<HeardStore, 'rewound'>,
    private readonly log: Pick<EventLog, 'rewind' | 'status'>,
  ) {}

  /** The store has lost data. Never rejects. */
  async lost({ lostMs, intactMs }: DataLoss): Promise<void> {
    const { loss } = this;
    this.loss = { lostMs: Math.max(loss.lostMs, lostMs), intactMs: Math.min(loss.intactMs, intactMs) };
    if (this.isNoting) return;
    this.isNoting = true;
    try {
      for (let notedMs = 0; notedMs < this.loss.lostMs && !this.isClosed;) {
        notedMs = this.loss.lostMs;
        await patiently(
          () => this.consumer.storeLostData(this.loss),
          TRY_FOR_MS,
          () => this.isClosed,
        );
      }
      this.loss = { ...this.loss, intactMs: Infinity };
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
    this.rewind(due, lostMs, Math.max(0, nowMs - firstMs) + MARGIN_MS)
      // The next reading tries again.
      .catch(() => undefined)
      .finally(() => (this.isRewinding = false));
  }

  private async rewind(due: readonly LogPartition[], lostMs: number, ms: number): Promise<void> {
    const done = await this.log.rewind(ms, lostMs);
    const rewound = due.filter((each) => done.some((at) => isSame(at, each)));
    if (rewound.length > 0) await this.store.rewound(rewound, lostMs);
  }
}

function isSame(one: LogPartition, other: LogPartition): boolean {
  return one.topic === other.topic && one.partition === other.partition;
}
