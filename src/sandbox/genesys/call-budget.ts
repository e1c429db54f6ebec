const MINUTE_MS = 60_000;

/** As many as there may be tokens; beyond it the minute begun first is forgotten. */
const MOST_MINUTES = 10_000;

interface Minute {
  readonly beganMs: number;
  used: number;
}

/** Counts calls in minutes of a client's own, which begin with the first call after the last minute has ended. */
export class CallBudget {
  private readonly minutes = new Map<string, Minute>();

  constructor(private readonly nowMs: () => number) {}

  /** Takes one call of `limit`. @returns undefined or, when none is left, the whole seconds until the minute ends */
  take(key: string, limit: number): number | undefined {
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
    if (this.minutes.size >= MOST_MINUTES) this.forgetOldest();
    const begun: Minute = { beganMs: nowMs, used: 0 };
    this.minutes.set(key, begun);
    return begun;
  }

  private forgetOldest(): void {
    for (const oldest of this.minutes.keys()) {
      this.minutes.delete(oldest);
      return;
    }
  }
}
