import type { OriginFailure } from '../../../kernel/errors.js';
import { fullJitterMs } from '../../../kernel/jitter.js';

/** No origin is left alone for longer on its word alone: a mistaken header must not end the service. */
const LONGEST_PAUSE_MS = 60_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 5000;

/** How long an origin is left alone after it said that it wants fewer calls. */
export class RetryAfterBackoff {
  private inARow = 0;

  constructor(private readonly random: () => number) {}

  /** @returns absent: the failure asks for no pause */
  refused({ code, details }: OriginFailure): number | undefined {
    if (details.refused !== true) return undefined;
    if (details.retryAfterMs !== undefined) return Math.min(LONGEST_PAUSE_MS, details.retryAfterMs);
    // A 503 without a word about time is a failure like others: the circuit counts it.
    if (code !== 'origin_rate_limited') return undefined;
    return fullJitterMs(FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS, this.inARow++, this.random());
  }

  answered(): void {
    this.inARow = 0;
  }
}
