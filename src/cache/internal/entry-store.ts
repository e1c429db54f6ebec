import type { AnswerText } from '../../contracts/dip.js';
import type { DegradedReason } from '../../kernel/errors.js';

/** What a reader brings: the format it can serve, and the lease it would take if there were something to load. */
export interface ReadRequest {
  readonly format: string;
  /** Unique to this read; becomes the holder's token if the lease is granted. */
  readonly leaseToken: string;
  readonly leaseMs: number;
  /** True: whatever value is there proved unreadable, so drop it and treat the entry as empty. */
  readonly discard: boolean;
}

interface StoredAnswer {
  readonly text: AnswerText;
  /** How much longer it is fresh, on the store's own clock; zero or less: it is stale. */
  readonly freshForMs: number;
}

/** Whether somebody is loading the entry. */
export type LoadState =
  | { readonly kind: 'not-needed' }
  /** The lease was granted to this reader: load, then `keep` or `giveUp`. */
  | { readonly kind: 'lease-granted'; readonly lease: Lease }
  | { readonly kind: 'loading-elsewhere' }
  /** The last load failed a moment ago, and nobody may try again before the back-off is over. */
  | { readonly kind: 'backing-off'; readonly reason: DegradedReason };

export interface EntryRead {
  /** Changes when the entry is invalidated, and never comes back. Empty where the entry has never been leased. */
  readonly version: string;
  readonly stored: StoredAnswer | undefined;
  /** A value past its stale time, kept for when the origin must not be asked; set by the reader, who knows the policy. */
  readonly lastGood?: AnswerText;
  readonly load: LoadState;
  /** Another application's key stood in the way, and was dropped. */
  readonly foreign: boolean;
}

/** The right to load one entry, until it runs out or is lost. */
export interface Lease {
  readonly key: string;
  readonly version: string;
  readonly token: string;
  /** Loads of this entry that failed in a row before this one. */
  readonly failuresBefore: number;
}

export interface AnswerToWrite {
  readonly format: string;
  readonly text: AnswerText;
  readonly freshMs: number;
  /** Fresh and stale time together, or longer; afterwards the entry is gone. */
  readonly lifetimeMs: number;
}

/** How long after its lease ran out a value may still be kept, if nobody took over: a process may have stood still. */
export const LATE_STORE_GRACE_MS = 10_000;

/**
 * Where entries live: one record a key with value, freshness, version and lease.
 *
 * Promised:
 * - one read learns value, freshness, version and whether somebody is loading, and takes the lease if nobody is;
 * - at most one lease a key at a time, for all who share the store; a lease that is not renewed runs out;
 * - `keep` keeps nothing unless the lease is still the entry's last and the version has not moved since it was granted, nor when the
 *   lease ran out more than `KEPT_AFTER_LEASE_MS` ago.
 *
 * The interleaving it defends against: (1) A is granted a lease and loads the old value; (2) the entry is invalidated, which moves
 * the version; (3) B is granted the next lease and loads the new value; (4) A comes back. Whether A comes before or after B has kept
 * its value, A's value is dropped.
 *
 * Every method may reject with `StoreUnavailable`, within the store's time bound.
 */
export abstract class EntryStore {
  /** As the tier label of the metrics. */
  abstract readonly tier: 'memory' | 'redis';

  /** How long each of its answers takes at the most. */
  abstract readonly settlesWithinMs: number;

  abstract read(key: string, request: ReadRequest): Promise<EntryRead>;

  /** True when the value was kept. Ends the lease, and wakes whoever waits for it, only if so. */
  abstract write(lease: Lease, answer: AnswerToWrite): Promise<boolean>;

  /** Ends a lease without a value, leaving the key alone for `backoffMs`. Does nothing to a lease that was lost. */
  abstract fail(lease: Lease, reason: DegradedReason, backoffMs: number): Promise<void>;

  /** Ends a lease of which there is nothing to keep, and nothing to say. False when the lease was lost. */
  abstract release(lease: Lease): Promise<boolean>;

  /** False when the lease was lost. */
  abstract renew(lease: Lease, leaseMs: number): Promise<boolean>;

  /** Forgets the entry, its version and its lease. True when there was a value. */
  abstract delete(key: string): Promise<boolean>;

  /** Called with the key whenever a lease ends, anywhere. A hint: it may be missed. */
  abstract onLanding(listener: (key: string) => void): void;

  /** Called with the key whenever an entry was dropped, anywhere. A hint, too: `hearsDrops` says whether it can be relied on. */
  abstract onDrop(listener: (key: string) => void): void;

  /** Called when drops may have been missed for good. */
  abstract onDropsMissed(listener: () => void): void;

  /** False where a drop may go unheard without anybody noticing. */
  abstract readonly dropsAreSure: boolean;

  /** False when a drop may have been missed a moment ago, so that nothing that depends on hearing of drops may be used. */
  abstract hearsDrops(): boolean;
}
