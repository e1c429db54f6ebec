import type { OriginFailure } from '../../../kernel/errors.js';
import { fullJitterMs } from '../../../kernel/jitter.js';

/** The longest pause that a `Retry-After` can cause: a wrong header must not stop the service. */
export const MAX_PAUSE_MS = 60_000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 5000;

/**
 * Decides how long to pause calls after the origin asked for fewer of them (429, or 503 with
 * `Retry-After`).
 */
export class RetryAfterBackoff {
  private refusals = 0;

  /** @param random returns a number in [0, 1]: the share of a backoff that is waited */
  constructor(private readonly random: () => number) {}

  /**
   * @param retryAfterMs the pause that the origin asks for; `undefined` means that it names none
   * @returns `undefined` when the failure asks for no pause
   */
  pauseMsAfter({ code, details }: OriginFailure, retryAfterMs = details.retryAfterMs): number | undefined {
    if (details.refused !== true) return undefined;
    if (retryAfterMs !== undefined) return Math.min(MAX_PAUSE_MS, retryAfterMs);
    // A 503 without a `Retry-After` is an ordinary failure, and the circuit counts it.
    if (code !== 'origin_rate_limited') return undefined;
    return fullJitterMs(FIRST_BACKOFF_MS, MAX_BACKOFF_MS, this.refusals++, this.random());
  }

  /** The origin answered: the next backoff starts from the beginning. */
  reset(): void {
    this.refusals = 0;
  }
}
