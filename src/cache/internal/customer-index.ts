import type { CustomerRef } from '../../contracts/customer.js';

/**
 * A point in the order of a tenant's invalidations. A load reads the epoch before it begins. If the
 * epoch has changed afterwards, the tenant had an invalidation in between. Only the index may order
 * two epochs; other code may compare them for equality.
 */
export type InvalidationEpoch = string;

/** The result of `beginInvalidation`. */
export type InvalidationStart =
  /** A new event, and the entries to delete. */
  | { readonly duplicate: false; readonly entries: readonly string[] }
  /** The event was processed before, and deleted this many entries. */
  | { readonly duplicate: true; readonly invalidated: number };

export interface EntryToIndex {
  readonly customer: CustomerRef;
  readonly entryKey: string;
  /** Read before the load of the value began. */
  readonly epoch: InvalidationEpoch;
  /** How long the entry may live from now, in milliseconds. */
  readonly lifetimeMs: number;
}

/**
 * The parts of an event that decide whether it is a duplicate. The customer is one of them: a
 * sender may give two events about different customers the same id, and neither event must be lost.
 */
export interface InvalidationEvent {
  readonly customer: CustomerRef;
  /** `undefined` means that the event has no id, and is never a duplicate. */
  readonly eventHash: string | undefined;
}

/**
 * How long no entry of a customer is stored after a critical event, in milliseconds
 * (`docs/concepts/invalidation.md`).
 */
export const TOMBSTONE_MS = 30_000;
/** How long a processed event is remembered, in milliseconds. */
export const EVENT_RETENTION_MS = 86_400_000;
/** The most entries of one customer. A further answer is returned, but not stored. */
export const MAX_ENTRIES_PER_CUSTOMER = 64;
/**
 * How long the epoch of a customer's last invalidation is kept, in milliseconds: longer than any
 * load takes.
 */
export const EPOCH_RETENTION_MS = 300_000;

/**
 * Holds which entries belong to which customer, and when each customer was last invalidated.
 *
 * Guarantees:
 * - After `beginInvalidation`, no entry is indexed for the customer if its load read the epoch
 *   before.
 * - `beginInvalidation` returns every indexed entry of the customer whose lifetime is not over.
 *
 * Race it prevents:
 * 1. A load for an unknown caller begins.
 * 2. The customer that the answer will belong to is invalidated. The index holds no entry of the
 *    customer.
 * 3. The load ends with the old value.
 * `indexEntry` refuses the entry, because its epoch is older than the invalidation.
 *
 * Every method may reject with `StoreUnavailable`.
 */
export abstract class CustomerIndex {
  abstract currentEpoch(tenant: string): Promise<InvalidationEpoch>;

  /**
   * Returns false if the entry must not be stored: the customer was invalidated since the load
   * began, has a tombstone, or has `MAX_ENTRIES_PER_CUSTOMER` entries already.
   */
  abstract indexEntry(entry: EntryToIndex): Promise<boolean>;

  /**
   * Refuses the values of all running loads of this customer, and returns the entries to delete.
   * The entries stay in the index, in case the process stops before it has deleted them.
   */
  abstract beginInvalidation(event: InvalidationEvent, critical: boolean): Promise<InvalidationStart>;

  /**
   * Records that the event was processed, and how many entries it deleted.
   *
   * @returns true for the process that recorded it first, and always for an event without an id
   */
  abstract completeInvalidation(event: InvalidationEvent, invalidated: number): Promise<boolean>;
}
