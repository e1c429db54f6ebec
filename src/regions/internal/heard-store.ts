import type { LogPartition } from '../../messaging/log/event-log.js';
import type { HeardNote } from './heard-note.js';
import type { HeardTable } from './heard-table.js';

/** The clock of the region's store, Unix milliseconds, and the identity of the store. */
export interface StoreMoment {
  readonly nowMs: number;
  /** '' if the store has no identity yet. */
  readonly store: string;
}

/**
 * Keeps how far the region has heard, for all processes of the region. `HeardTable` says what the
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

  /** The store has lost data. Returns the present time. */
  abstract noteLoss(): Promise<number>;

  abstract read(): Promise<StoreMoment & { readonly table: HeardTable }>;
}
