import type { CustomerRef } from '../../contracts/customer.js';

/**
 * A point in the order of a tenant's invalidations. Read before a load begins, it tells afterwards whether the load began before an
 * invalidation. Only equality and the index itself may compare it.
 */
export type InvalidationEpoch = string;

/** What an invalidation found when it began. */
export type InvalidationStart =
  | { readonly duplicate: false; readonly entries: readonly string[] }
  /** The event was carried out before; this many entries were dropped then. */
  | { readonly duplicate: true; readonly invalidated: number };

export interface EntryToIndex {
  readonly customer: CustomerRef;
  readonly entryKey: string;
  /** Read before the load of the value began. */
  readonly epoch: InvalidationEpoch;
  /** How long from now the entry may live. */
  readonly lifetimeMs: number;
}

/** Names an event for deduplication: a sender that gives two customers' events one id must lose neither. */
export interface InvalidationEvent {
  readonly customer: CustomerRef;
  /** Absent: the event has no id, and is never a duplicate. */
  readonly eventHash: string | undefined;
}

/** How long "nothing is kept" lasts after a critical event. Contract, section 4. */
export const TOMBSTONE_MS = 30_000;
/** How long an event is known to have been carried out. */
export const EVENT_RETENTION_MS = 86_400_000;
/** The most entries of one customer. One more is answered but not kept. */
export const MAX_ENTRIES_PER_CUSTOMER = 64;
/** How long the last invalidation of a customer is remembered: longer than any load may take. */
export const EPOCH_RETENTION_MS = 300_000;

/**
 * Which entries belong to which customer, and when each customer was last invalidated.
 *
 * Promised: between `begin` and for ever after, no entry whose load's epoch was read before it is indexed for that customer; every
 * indexed entry is among those a later `begin` returns, until its life is over.
 *
 * The interleaving it defends against: (1) a load of an unknown caller begins; (2) the customer it will turn out to be is invalidated,
 * and the index knows no entry of theirs; (3) the load lands with the old value. `indexEntry` refuses it by its epoch.
 *
 * Every method may reject with `StoreUnavailable`.
 */
export abstract class CustomerIndex {
  abstract currentEpoch(tenant: string): Promise<InvalidationEpoch>;

  /** False when the entry must not be kept: invalidated since, under a tombstone, or one too many. */
  abstract indexEntry(entry: EntryToIndex): Promise<boolean>;

  /** Voids every load under way of this customer, and tells which entries to drop. They stay listed, in case the caller dies. */
  abstract beginInvalidation(mark: InvalidationEvent, critical: boolean): Promise<InvalidationStart>;

  /**
   * Notes that the event was carried out, and how many entries it dropped.
   *
   * @returns true for the one that noted it first; always true for an event without an id
   */
  abstract completeInvalidation(mark: InvalidationEvent, invalidated: number): Promise<boolean>;
}
