/** One call that somebody wants to make. */
export interface RateRequest {
  /** Whose calls it is counted among: a system's, or a client's that several systems share. */
  readonly account: string;
  /** Calls a second of the whole region; absent: no ceiling. */
  readonly maxPerSecond: number | undefined;
  /** Calls in any 60 s of the whole region; absent: no ceiling. */
  readonly maxPerMinute: number | undefined;
  /** Of the ceiling, for calls of this kind; 1: all of it, or as much as is left. */
  readonly share: number;
  /** How long the call could wait for its turn; it is only granted a turn within it. */
  readonly waitMs: number;
}

export type RateDecision =
  /** Make the call after so long. */
  | { readonly kind: 'go'; readonly afterMs: number }
  | { readonly kind: 'rate' }
  /** The origin asked to be left alone. */
  | { readonly kind: 'paused' };

/**
 * What the processes of a region may do together.
 *
 * Promised: all who share a ledger together keep to the ceiling, in every span and not only from one full second to the next; a pause
 * binds all of them from the moment `pause` has resolved.
 * Not promised: fairness between processes.
 */
export abstract class RateLimiter {
  /** Never rejects. */
  abstract acquire(spending: RateRequest): Promise<RateDecision>;

  /** The origin asked to be left alone for so long. A shorter pause does not end a longer one. Never rejects. */
  abstract pause(account: string, forMs: number): Promise<void>;

  /** Whether this process knows of a pause: asked first, because it costs nothing. */
  abstract isPaused(account: string): boolean;

  abstract close(): void;
}
