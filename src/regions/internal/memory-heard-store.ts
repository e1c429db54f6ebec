import { randomUUID } from 'node:crypto';
import type { WallClock } from '../../kernel/clock.js';
import type { LogPartition } from '../../messaging/log/event-log.js';
import type { DataLoss } from '../../platform/redis/history/data-loss.js';
import type { HeardNote } from './heard-note.js';
import { HeardStore, type StoreMoment } from './heard-store.js';
import { HeardTable } from './heard-table.js';

/** How far the region has heard, for a region of one process without Redis. */
export class MemoryHeardStore extends HeardStore {
  readonly skewMs = 0;
  private readonly identity = randomUUID();
  private readonly table = new HeardTable();

  constructor(private readonly clock: WallClock) {
    super();
  }

  beginHeartbeat(): Promise<StoreMoment> {
    return Promise.resolve(this.moment());
  }

  declare(partitions: readonly LogPartition[], ackedMs: number): Promise<void> {
    this.table.declare(partitions, ackedMs, this.clock.nowMs());
    return Promise.resolve();
  }

  note(note: HeardNote): Promise<void> {
    this.table.note(note, this.clock.nowMs(), this.identity);
    return Promise.resolve();
  }

  raiseFloor(): Promise<void> {
    this.table.raiseFloor(this.clock.nowMs());
    return Promise.resolve();
  }

  noteLoss(own: readonly LogPartition[], loss: DataLoss): Promise<number> {
    return Promise.resolve(this.table.noteLoss(own, loss, this.clock.nowMs()));
  }

  rewound(partitions: readonly LogPartition[], lostMs: number): Promise<void> {
    this.table.rewound(partitions, lostMs);
    return Promise.resolve();
  }

  read(): Promise<StoreMoment & { readonly table: HeardTable }> {
    return Promise.resolve({ ...this.moment(), table: this.table });
  }

  private moment(): StoreMoment {
    return { nowMs: this.clock.nowMs(), store: this.identity };
  }
}
