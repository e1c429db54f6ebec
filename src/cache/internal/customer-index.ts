import type { CustomerRef } from '../../contracts/customer.js';

/**
 * A point in the order of a tenant's invalidations. A load reads the epoch before it begins. If the
 * epoch has changed afterwards, the tenant had an invalidation in between. Only the index may order
 * two epochs; other code may compare them for equality.
 */
export type InvalidationEpoch = string;

/** The result of `beginInvalidation`. */
export type InvalidationStart =
  /** A new event, and its epoch. */
  | { readonly duplicate: false; readonly epoch: InvalidationEpoch }
  /** The event was processed before, and deleted this many entries. */
  | { readonly duplicate: true; readonly invalidated: number };

/** How the entries of a customer are voided. */
export interface Voiding {
  /** The epoch of the event, as `beginInvalidation` returned it. */
  readonly epoch: InvalidationEpoch;
  /** As in `InvalidationEvent`. */
  readonly critical: boolean;
}

export interface EntryToIndex {
  readonly customer: CustomerRef;
  readonly entryKey: string;
  /** Read before the load of the value began. */
  readonly epoch: InvalidationEpoch;
  /** How long the entry may live from now, in milliseconds. */
  readonly lifetimeMs: number;
}

/** An entry in the index of a customer. */
export interface IndexedEntry {
  readonly key: string;
  /**
   * When the entry expires, by the clock of the index. This time grows if the entry is indexed
   * again.
   */
  readonly expiry: string;
}

/** The result of `indexEntry`. */
export type IndexingResult =
  | { readonly kind: 'indexed' }
  /**
   * The entry must not be stored: the customer was invalidated since the load began, or has a
   * tombstone.
   */
  | { readonly kind: 'refused' }
  /** The customer has `MAX_ENTRIES_PER_CUSTOMER` entries. `first` expires before the others. */
  | { readonly kind: 'full'; readonly first: IndexedEntry };

/**
 * The parts of an event that decide whether it is a duplicate. The customer is one of them: a
 * sender may give two events about different customers the same id, and neither event must be lost.
 */
export interface InvalidationEvent {
  readonly customer: CustomerRef;
  /** `undefined` means that the event has no id, and is never a duplicate. */
  readonly eventHash: string | undefined;
  /**
   * `true` means that no entry of the customers is stored for `TOMBSTONE_MS`. A critical event is
   * no duplicate of an event that was not critical.
   */
  readonly critical: boolean;
}

/**
 * How long no entry of a customer is stored after a critical event, in milliseconds
 * (`docs/concepts/invalidation.md`).
 */
export const TOMBSTONE_MS = 30_000;
/** How long a processed event is remembered, in milliseconds. */
export const EVENT_RETENTION_MS = 86_400_000;
/**
 * The most entries of one customer. A further entry displaces the entry that expires first. Redis
 * finds this entry in 0.1 ms.
 */
export const MAX_ENTRIES_PER_CUSTOMER = 256;
/**
 * How long the epoch of a customer's last invalidation is kept, in milliseconds: longer than any
 * load takes.
 */
export const EPOCH_RETENTION_MS = 300_000;

/**
 * Holds which entries belong to which customer, and when each customer was last invalidated.
 *
 * Guarantees:
 * - After `voidEntries`, no entry is indexed for the customer if its load read the tenant's epoch
 *   before `beginInvalidation` raised it.
 * - `voidEntries` returns every indexed entry of the customer whose lifetime is not over.
 *
 * Race it prevents:
 * 1. A load for an unknown caller begins.
 * 2. The customer that the answer will belong to is invalidated. The index holds no entry of the
 *    customer.
 * 3. The load ends with the old value.
 * `indexEntry` refuses the entry, because its epoch is older than the invalidation.
 *
 * Every method may reject with `StoreUnavailable`. The methods of an invalidation have the
 * parameter `withinMs`: how long the step may be repeated while the store executes nothing, in
 * milliseconds.
 */
export abstract class CustomerIndex {
  abstract currentEpoch(tenant: string): Promise<InvalidationEpoch>;

  /**
   * Adds an entry before it is stored.
   *
   * @param displaced an entry that makes room, if it was not indexed again. The caller has deleted
   *   the entry from the store.
   */
  abstract indexEntry(entry: EntryToIndex, displaced?: IndexedEntry): Promise<IndexingResult>;

  /** Raises the tenant's epoch, and looks whether the event was processed before. */
  abstract beginInvalidation(event: InvalidationEvent, withinMs: number): Promise<InvalidationStart>;

  /**
   * Refuses the values of all loads of this customer that read an earlier epoch, and returns the
   * entries to delete. The entries stay in the index, in case the process stops before it has
   * deleted them.
   */
  abstract voidEntries(customer: CustomerRef, voiding: Voiding, withinMs: number): Promise<readonly string[]>;

  /**
   * Records that the event was processed, and how many entries it deleted.
   *
   * @returns true for the process that recorded it first, and always for an event without an id
   */
  abstract completeInvalidation(event: InvalidationEvent, invalidated: number, withinMs: number): Promise<boolean>;

  /** True if `secure` waits for replicas, which costs one more round trip. */
  waitsForReplicas(): boolean {
    return false;
  }

  /**
   * Resolves as soon as this process would notice a later loss of these invalidations in the store.
   * Must be called before an invalidation is acknowledged. The memory of this process loses
   * nothing, so the default resolves at once.
   */
  secure(_customers: readonly CustomerRef[]): Promise<void> {
    return Promise.resolve();
  }
}
