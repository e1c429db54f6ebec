import type { AnswerText } from '../../contracts/dip.js';
import type { DegradedReason } from '../../kernel/errors.js';
import type { EntryToIndex, IndexedEntry, IndexingResult, InvalidationEpoch } from './customer-index.js';

/**
 * The parameters of a read: the format that the reader can serve, and the lease to grant if the
 * entry must be loaded.
 */
export interface ReadRequest {
  readonly format: string;
  /** Unique to this read. If the lease is granted, this is the holder's token. */
  readonly leaseToken: string;
  readonly leaseMs: number;
  /**
   * True if the reader could not read the stored value: the store deletes the value and treats the
   * entry as empty.
   */
  readonly discard: boolean;
  /**
   * Milliseconds. Only with several regions: if the region has not heard the others for longer, a
   * value whose load began longer ago counts as missing.
   */
  readonly withinMs: number;
}

export interface StoredAnswer {
  readonly text: AnswerText;
  /** How much longer the value is fresh, by the store's clock. Zero or less means stale. */
  readonly freshForMs: number;
  /**
   * `undefined` means that the value has the format of the reader. `whole` and `partial` are values
   * of another format, with all fields of the reader or with some.
   */
  readonly otherFormat?: 'whole' | 'partial';
}

/** Whether the entry needs a load, and whether this reader must do it. */
export type LoadState =
  | { readonly kind: 'not-needed' }
  /**
   * The lease was granted to this reader, which must load and then `write`, `fail` or `release`.
   */
  | { readonly kind: 'lease-granted'; readonly lease: Lease }
  /** Another reader loads the entry, in this process or in another one. */
  | {
      readonly kind: 'loading-already';
      /** As in `Lease`, when the entry was read. */
      readonly invalidationEpoch?: InvalidationEpoch | undefined;
    }
  /**
   * The last load failed, and its backoff is not over. No reader may load before the end of the
   * backoff.
   */
  | { readonly kind: 'backing-off'; readonly reason: DegradedReason };

export interface EntryRead {
  /**
   * The version of the entry. The version changes when the entry is invalidated, and when the store
   * has lost data. An earlier version never comes back. Empty if the entry never had a lease.
   */
  readonly version: string;
  readonly stored: StoredAnswer | undefined;
  /** A value past its stale time, for callers whose load is refused. The entry reader sets it. */
  readonly lastGood?: AnswerText;
  readonly load: LoadState;
  /**
   * True if a key of another application had the name of the entry. The store has deleted this key.
   */
  readonly foreign: boolean;
  /**
   * True if the store holds a value that it refused, because the value may lack an invalidation of
   * another region.
   */
  readonly tooOld: boolean;
}

/** The right to load one entry, until it expires or is lost. */
export interface Lease {
  readonly key: string;
  readonly version: string;
  readonly token: string;
  /** How many loads of this entry failed in a row before this one. */
  readonly failuresBefore: number;
  /** When the load began, by the store's clock; Unix milliseconds. */
  readonly beganMs: number;
  /**
   * The invalidation epoch of the tenant when the lease was granted. `undefined` means that the
   * store has not read it, so the load must ask the index.
   */
  readonly invalidationEpoch?: InvalidationEpoch | undefined;
}

export interface AnswerToWrite {
  readonly format: string;
  readonly text: AnswerText;
  readonly freshMs: number;
  /** Fresh and stale time together, or longer. The entry is deleted afterwards. */
  readonly lifetimeMs: number;
}

/** The result of `EntryStore.writeIndexed`. `isStored` is the result of `write`. */
export type IndexedWrite =
  Exclude<IndexingResult, { readonly kind: 'indexed' }> | { readonly kind: 'indexed'; readonly isStored: boolean };

/**
 * How long after its lease expired a value may still be stored, in milliseconds, if no other
 * process took the lease. A process may have been suspended.
 */
export const LATE_STORE_GRACE_MS = 10_000;

/** See `EntryStore`. `read-entries.lua` has the same number. */
export const REPLACE_EVERY_MS = 10_000;

/**
 * Stores entries: one record per key, with value, freshness, version and lease.
 *
 * Guarantees:
 * - A read returns value, freshness, version and load state, and takes the lease if no reader holds
 *   it.
 * - Per key at most one lease is valid, for all processes that share the store. A lease that is not
 *   renewed expires.
 * - `write` stores nothing if the entry has another lease or another version by now.
 * - `write` stores nothing if the lease expired more than `LATE_STORE_GRACE_MS` ago.
 * - A value of another format is returned if the two formats have fields in common, and declare
 *   them in the same way. A value that lacks fields needs a load.
 * - Two formats that each lack a field of the other replace each other at most once in
 *   `REPLACE_EVERY_MS`, unless the value is stale. Otherwise each read of one process would make
 *   the next read of the other process load.
 * - With several regions, a read returns no value that lacks an invalidation of another region
 *   which was acknowledged more than `withinMs` before the read.
 * - The end of a lease is published as `entry.load-finished`, a deletion as `entry.deleted`, each
 *   together with its write. The process that deletes an entry handles `entry.deleted` before
 *   `delete` resolves.
 *
 * Race it prevents:
 * 1. Process A is granted a lease and loads the old value.
 * 2. The entry is invalidated, which changes its version.
 * 3. Process B is granted the next lease and loads the new value.
 * 4. A writes, before or after B. The store refuses A's value.
 *
 * Every method may reject with `StoreUnavailable`, within the time bound of the store.
 */
export abstract class EntryStore {
  /** The value of the metrics' label `tier`. */
  abstract readonly tier: 'memory' | 'redis';

  /** The longest time a method takes. */
  abstract readonly settlesWithinMs: number;

  abstract read(key: string, request: ReadRequest): Promise<EntryRead>;

  /**
   * Stores a value and ends the lease. If the entry has another lease or another version, the
   * method does nothing and returns false.
   */
  abstract write(lease: Lease, answer: AnswerToWrite): Promise<boolean>;

  /**
   * Adds the entry to its customer's index (`CustomerIndex.indexEntry`), and stores the value if
   * the index takes the entry: both in one step. `undefined` means that the store cannot do both in
   * one step now, and has done nothing.
   */
  writeIndexed(
    _lease: Lease,
    _answer: AnswerToWrite,
    _entry: EntryToIndex,
    _displaced?: IndexedEntry,
  ): Promise<IndexedWrite> | undefined {
    return undefined;
  }

  /**
   * Ends a lease after a failed load. No reader is granted a lease for `backoffMs`. Does nothing if
   * the lease was lost.
   */
  abstract fail(lease: Lease, reason: DegradedReason, backoffMs: number): Promise<void>;

  /** Ends a lease without a value and without a failure. Returns false if the lease was lost. */
  abstract release(lease: Lease): Promise<boolean>;

  /** Returns false if the lease was lost. */
  abstract renew(lease: Lease, leaseMs: number): Promise<boolean>;

  /** Sends the commands that wait for others of the same tick of the event loop. */
  sendNow(): void {
    // The in-process store has nothing to send.
  }

  /**
   * Deletes the entry with its version and its lease. Returns true if it held a value.
   *
   * @param withinMs how long the deletion may be repeated while the store executes nothing, in
   *   milliseconds. `undefined` means the time bound of the store.
   */
  abstract delete(key: string, withinMs?: number): Promise<boolean>;

  /**
   * Resolves as soon as this process would notice a later loss of these deletions in the store.
   * Must be called before a deletion is acknowledged. The memory of this process loses nothing, so
   * the default resolves at once.
   */
  secure(_keys: readonly string[]): Promise<void> {
    return Promise.resolve();
  }
}
