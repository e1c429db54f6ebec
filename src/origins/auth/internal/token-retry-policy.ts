import type { Clock } from '../../../kernel/clock.js';
import { fullJitterMs } from '../../../kernel/jitter.js';
import type { TokenFailure, TokenFault } from './token-failure.js';

const FIRST_BACKOFF_MS = 250;
/**
 * Without a token no call can be made. A recovered login is found within a second, and one process
 * sends it two requests a second on average.
 */
const MAX_BACKOFF_WITHOUT_TOKEN_MS = 1000;
/** While the old token serves, there is time. */
const MAX_BACKOFF_WITH_TOKEN_MS = 10_000;
/** Faults that only an operator can mend. */
const REFUSALS: ReadonlySet<TokenFault> = new Set<TokenFault>(['invalid_client', 'refused', 'too_much']);
const MIN_REFUSED_BACKOFF_MS = 5000;
const MAX_REFUSED_BACKOFF_MS = 60_000;
const MAX_RETRY_AFTER_MS = 60_000;

/** Time between the starts of two attempts. */
interface Gap {
  readonly withTokenMs: number;
  readonly withoutTokenMs: number;
}

const NO_GAP: Gap = { withTokenMs: 0, withoutTokenMs: 0 };

/**
 * Decides when a token may be requested again.
 *
 * Guarantees:
 * - After a refusal (wrong secret, too many permissions), at most one attempt in 5 s.
 * - After any other failure, a backoff with full jitter, of at most one second without a token.
 * - A longer `Retry-After` replaces this backoff, up to one minute.
 */
export class TokenRetryPolicy {
  private failures = 0;
  private earlyRefusals = 0;
  private startedAtMs = -Infinity;
  private gap = NO_GAP;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  mayStart(hasToken: boolean): boolean {
    const gapMs = hasToken ? this.gap.withTokenMs : this.gap.withoutTokenMs;
    return this.clock.nowMs() - this.startedAtMs >= gapMs;
  }

  started(): void {
    this.startedAtMs = this.clock.nowMs();
  }

  succeeded(): void {
    this.failures = 0;
    this.gap = NO_GAP;
  }

  failed({ code, retryAfterMs }: TokenFailure): void {
    const failuresBefore = this.failures++;
    if (REFUSALS.has(code)) {
      const jitterMs = this.jitterMs(MIN_REFUSED_BACKOFF_MS, MAX_REFUSED_BACKOFF_MS, failuresBefore);
      this.gap = sameGap(MIN_REFUSED_BACKOFF_MS + jitterMs);
    } else this.gap = atLeast(this.retryAfterGapMs(retryAfterMs), this.backoff(failuresBefore));
  }

  /**
   * The platform refused a token. Several refusals of young tokens in a row mean more than a
   * revocation, so the next request waits.
   */
  tokenRefused(isYoung: boolean): void {
    this.earlyRefusals = isYoung ? this.earlyRefusals + 1 : 0;
    if (this.earlyRefusals > 1)
      this.gap = sameGap(this.jitterMs(FIRST_BACKOFF_MS, MAX_BACKOFF_WITH_TOKEN_MS, this.earlyRefusals));
  }

  /**
   * The platform accepted a token until its replacement was due. Earlier refusals no longer count.
   */
  tokenServed(): void {
    this.earlyRefusals = 0;
  }

  private backoff(failuresBefore: number): Gap {
    return {
      withTokenMs: this.jitterMs(FIRST_BACKOFF_MS, MAX_BACKOFF_WITH_TOKEN_MS, failuresBefore),
      withoutTokenMs: this.jitterMs(FIRST_BACKOFF_MS, MAX_BACKOFF_WITHOUT_TOKEN_MS, failuresBefore),
    };
  }

  /** The gap is measured from the start of the attempt, and a `Retry-After` from its answer. */
  private retryAfterGapMs(retryAfterMs: number | undefined): number {
    if (retryAfterMs === undefined) return 0;
    return this.clock.nowMs() - this.startedAtMs + Math.min(MAX_RETRY_AFTER_MS, retryAfterMs);
  }

  private jitterMs(firstMs: number, maxMs: number, failuresBefore: number): number {
    return fullJitterMs(firstMs, maxMs, failuresBefore, this.random());
  }
}

/** A `Retry-After` of 0 or in the past does not shorten the backoff. */
function atLeast(ms: number, { withTokenMs, withoutTokenMs }: Gap): Gap {
  return { withTokenMs: Math.max(ms, withTokenMs), withoutTokenMs: Math.max(ms, withoutTokenMs) };
}

function sameGap(ms: number): Gap {
  return { withTokenMs: ms, withoutTokenMs: ms };
}
