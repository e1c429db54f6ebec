import type { LogPartition } from '../../messaging/log/event-log.js';
import type { DataLoss } from '../../platform/redis/history/data-loss.js';
import type { HeardNote } from './heard-note.js';
import type { HeardTable } from './heard-table.js';

/** The clock of the region's store, Unix milliseconds, and the identity of the store. */
export interface StoreMoment {
  readonly nowMs: number;
  /** '' if the store has no identity yet. */
  readonly store: string;
}

/**
 * Stores how far the region has heard, for all processes of the region. `HeardTable` says what the
 * methods change. Every method may reject with `StoreUnavailable`.
 */
export abstract class HeardStore {
  /** How far the clocks of the region's Redis nodes may differ, in milliseconds. */
  abstract readonly skewMs: number;

  /** Reads the clock for a heartbeat. Gives the store an identity if it has none. */
  abstract beginHeartbeat(): Promise<StoreMoment>;

  abstract declare(partitions: readonly LogPartition[], ackedMs: number): Promise<void>;

  abstract note(note: HeardNote): Promise<void>;

  abstract raiseFloor(): Promise<void>;

  /**
   * The store has lost data. All declared partitions, and these, must be read again: what was
   * applied since the store was intact, and at most 60 s before the loss. If a loss of this time or
   * of a later time is already noted, nothing changes.
   *
   * @returns the time of the last loss
   */
  abstract noteLoss(own: readonly LogPartition[], loss: DataLoss): Promise<number>;

  /**
   * Called when the process reads these partitions again, and Kafka has their earlier positions.
   * The partitions are not due any more.
   *
   * @param lostMs the last loss that the process knows. After a later loss, the partitions stay due
   */
  abstract rewound(partitions: readonly LogPartition[], lostMs: number): Promise<void>;

  abstract read(): Promise<StoreMoment & { readonly table: HeardTable }>;
}
