/** A call that asks for a place in the rate. */
export interface RateRequest {
  /**
   * The account that the call counts against: the account of a system, or of a client that several
   * systems share.
   */
  readonly account: string;
  /** Calls per second of the whole region. `undefined` means no limit. */
  readonly maxPerSecond: number | undefined;
  /** Calls in any 60 s of the whole region. `undefined` means no limit. */
  readonly maxPerMinute: number | undefined;
  /**
   * The share of the limits that calls of this priority may use, from 0 to 1. 1: the whole limit.
   */
  readonly share: number;
  /**
   * How long the call can wait. The call is refused when its delay would be longer. 0: the call
   * does not wait.
   */
  readonly maxWaitMs: number;
}

export type RateDecision =
  /** The call may be made after this delay. */
  | { readonly kind: 'acquired'; readonly afterMs: number }
  /** A limit is reached. */
  | { readonly kind: 'rate' }
  /** The origin asked for a pause. */
  | { readonly kind: 'paused' };

/**
 * Limits the calls of all processes of a region together.
 *
 * Guarantees:
 * - All processes that share a limiter keep its limits together, in every span of time.
 * - When `pause` has resolved, the pause binds all these processes.
 *
 * Does not guarantee: fairness between processes.
 */
export abstract class RateLimiter {
  /** Never rejects. */
  abstract acquire(request: RateRequest): Promise<RateDecision>;

  /** Pauses the account. A shorter pause does not end a longer one. Never rejects. */
  abstract pause(account: string, forMs: number): Promise<void>;

  /** Whether this process knows of a pause. Reads memory only, so callers check it first. */
  abstract isPaused(account: string): boolean;

  abstract close(): void;
}
