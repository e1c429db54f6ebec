const MINUTE_MS = 60_000;

/** The maximum number of tokens. Above it the minute that began first is deleted. */
const MAX_MINUTES = 10_000;

interface Minute {
  readonly beganMs: number;
  used: number;
}

/**
 * Counts the calls of each client per minute. A minute begins with the client's first call after
 * the end of its previous minute.
 */
export class RateLimiter {
  private readonly minutes = new Map<string, Minute>();

  constructor(private readonly nowMs: () => number) {}

  /**
   * Counts one call.
   *
   * @returns `undefined`, or the whole seconds until the minute ends if `limit` is reached
   */
  acquire(key: string, limit: number): number | undefined {
    const minute = this.minuteOf(key);
    if (minute.used >= limit) return Math.max(1, Math.ceil((minute.beganMs + MINUTE_MS - this.nowMs()) / 1000));
    minute.used += 1;
    return undefined;
  }

  reset(): void {
    this.minutes.clear();
  }

  private minuteOf(key: string): Minute {
    const nowMs = this.nowMs();
    const running = this.minutes.get(key);
    if (running !== undefined && nowMs < running.beganMs + MINUTE_MS) return running;
    this.minutes.delete(key);
    if (this.minutes.size >= MAX_MINUTES) this.deleteOldest();
    const begun: Minute = { beganMs: nowMs, used: 0 };
    this.minutes.set(key, begun);
    return begun;
  }

  private deleteOldest(): void {
    for (const oldest of this.minutes.keys()) {
      this.minutes.delete(oldest);
      return;
    }
  }
}
