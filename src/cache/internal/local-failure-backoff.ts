import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.js';
import type { DegradedReason } from '../../kernel/errors.js';
import { failureBackoffMs } from '../../kernel/jitter.js';

interface Failure {
  readonly reason: DegradedReason;
  readonly untilMs: number;
  readonly inARow: number;
}

const MAX_FAILURES = 10_000;

/**
 * The backoff after failed loads in this process. While the shared store is unavailable, it cannot
 * hold the backoff for all.
 */
export class LocalFailureBackoff {
  private readonly failures = new LRUCache<string, Failure>({ max: MAX_FAILURES });

  constructor(private readonly clock: Clock) {}

  /** Returns why the last load failed, while its backoff lasts. */
  activeReason(key: string): DegradedReason | undefined {
    const failure = this.failures.get(key);
    return failure !== undefined && this.clock.nowMs() < failure.untilMs ? failure.reason : undefined;
  }

  record(key: string, reason: DegradedReason): void {
    const before = this.failures.get(key)?.inARow ?? 0;
    const untilMs = this.clock.nowMs() + failureBackoffMs(before, Math.random());
    this.failures.set(key, { reason, untilMs, inARow: before + 1 });
  }

  reset(key: string): void {
    this.failures.delete(key);
  }
}
