import type { Clock } from '../../../kernel/clock.js';
import { fullJitterMs } from '../../../kernel/jitter.js';
import type { TokenFailure, TokenFault } from './token-failure.js';

const FIRST_BACKOFF_MS = 250;
/** Without a token nothing is answered: a login that is back is found within a second, and one process asks it twice a second at most. */
const MOST_WITHOUT_MS = 1000;
/** While the old one serves there is time. */
const MOST_WITH_MS = 10_000;
/** They do not mend themselves. */
const REFUSALS: ReadonlySet<TokenFault> = new Set<TokenFault>(['invalid_client', 'refused', 'too_much']);
const LEAST_REFUSED_MS = 5000;
const MOST_REFUSED_MS = 60_000;
const LONGEST_PAUSE_MS = 60_000;

interface Gap {
  /** Between the beginnings of two attempts, as long as an old token serves. */
  readonly withMs: number;
  /** The same where there is none. */
  readonly withoutMs: number;
}

const AT_ONCE: Gap = { withMs: 0, withoutMs: 0 };

/**
 * When a token may be asked for again.
 *
 * Promised: after a refusal (wrong secret, too many rights) at most one attempt in 5 s; after any other failure back-off with full jitter,
 * within a second where there is no token; a `Retry-After` is kept to, up to a minute.
 */
export class TokenRetryPolicy {
  private failures = 0;
  private earlyRefusals = 0;
  private beganAtMs = -Infinity;
  private gap = AT_ONCE;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  mayBegin(hasToken: boolean): boolean {
    return this.clock.nowMs() - this.beganAtMs >= (hasToken ? this.gap.withMs : this.gap.withoutMs);
  }

  began(): void {
    this.beganAtMs = this.clock.nowMs();
  }

  succeeded(): void {
    this.failures = 0;
    this.gap = AT_ONCE;
  }

  failed({ code, retryAfterMs }: TokenFailure): void {
    const before = this.failures++;
    if (REFUSALS.has(code))
      this.gap = both(LEAST_REFUSED_MS + this.jitterMs(LEAST_REFUSED_MS, MOST_REFUSED_MS, before));
    else this.gap = atLeast(this.pauseMs(retryAfterMs), this.backoff(before));
  }

  /** The platform refused a token. One that was given only just is a sign of more than a revocation: then the next is not got at once. */
  tokenRefused(isYoung: boolean): void {
    this.earlyRefusals = isYoung ? this.earlyRefusals + 1 : 0;
    if (this.earlyRefusals > 1) this.gap = both(this.jitterMs(FIRST_BACKOFF_MS, MOST_WITH_MS, this.earlyRefusals));
  }

  /** It was taken until its successor was due: what was refused before it says nothing any more. */
  tokenServed(): void {
    this.earlyRefusals = 0;
  }

  private backoff(before: number): Gap {
    return {
      withMs: this.jitterMs(FIRST_BACKOFF_MS, MOST_WITH_MS, before),
      withoutMs: this.jitterMs(FIRST_BACKOFF_MS, MOST_WITHOUT_MS, before),
    };
  }

  private pauseMs(retryAfterMs: number | undefined): number {
    if (retryAfterMs === undefined) return 0;
    return this.clock.nowMs() - this.beganAtMs + Math.min(LONGEST_PAUSE_MS, retryAfterMs);
  }

  private jitterMs(firstMs: number, mostMs: number, before: number): number {
    return fullJitterMs(firstMs, mostMs, before, this.random());
  }
}

/** A pause of nothing, or until a moment that is past, does not hurry anybody. */
function atLeast(ms: number, { withMs, withoutMs }: Gap): Gap {
  return { withMs: Math.max(ms, withMs), withoutMs: Math.max(ms, withoutMs) };
}

function both(ms: number): Gap {
  return { withMs: ms, withoutMs: ms };
}
