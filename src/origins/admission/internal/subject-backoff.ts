import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../kernel/clock.js';
import type { OriginFailure } from '../../../kernel/errors.js';
import { MAX_PAUSE_MS } from './retry-after-backoff.js';

const MAX_SUBJECTS = 10_000;
/**
 * How long no call about a subject is made after the origin has refused a fresh token for it.
 * Without this backoff, each call about the subject would request a token.
 */
const CREDENTIALS_BACKOFF_MS = 10_000;

/**
 * The subjects about which this process makes no calls for now. The origin refused a call about
 * them, and asked for a pause or did not accept a fresh token. Other subjects are not affected.
 */
export class SubjectBackoff {
  private readonly untilMs = new LRUCache<string, number>({ max: MAX_SUBJECTS });

  constructor(private readonly clock: Clock) {}

  isActive(subject: string): boolean {
    if (this.untilMs.size === 0) return false;
    const untilMs = this.untilMs.get(subject);
    return untilMs !== undefined && this.clock.nowMs() < untilMs;
  }

  record(subject: string, failure: OriginFailure): void {
    const forMs = backoffMsAfter(failure);
    if (forMs !== undefined) this.untilMs.set(subject, this.clock.nowMs() + forMs);
  }
}

function backoffMsAfter({ details }: OriginFailure): number | undefined {
  if (details.credentialsRefused === true && details.refusedToken !== undefined) return CREDENTIALS_BACKOFF_MS;
  if (details.refused !== true || details.retryAfterMs === undefined) return undefined;
  return Math.min(MAX_PAUSE_MS, details.retryAfterMs);
}
