/** Sets of calls this close together still count as even: it is what a timer and a busy event loop make of an even flow. */
export const BURST_MS = 50;

/**
 * What is counted as a minute. A second more than one: a call is counted when it is admitted, and whoever counts at the other end sees it
 * later, the last of one minute perhaps with the first of the next.
 */
const MINUTE_MS = 61_000;
/** What sums of fractions are off by. */
const ROUNDING_MS = 1e-6;
/** Of a minute's calls, so many may come at one moment. */
const BURST_OF_MINUTE = 0.2;

export interface Rate {
  /** Between two calls at the full rate. */
  readonly intervalMs: number;
  /** How far the calls made may run ahead of the rate. */
  readonly depthMs: number;
}

/** @param burst how many calls may come at one moment; at least one always may */
export function rateOf(perSecond: number, burst = (perSecond * BURST_MS) / 1000): Rate {
  const intervalMs = 1000 / perSecond;
  return { intervalMs, depthMs: intervalMs * Math.max(1, burst) };
}

/**
 * A burst, and an even flow of what is left: with both, in no minute are there more than `perMinute` calls.
 *
 * Of k calls the last comes no earlier than (k - burst) intervals after the first. So less than a minute holds fewer than
 * burst + minute / interval of them, which is `perMinute` + 1.
 */
export function minuteRateOf(perMinute: number): Rate {
  const calls = Math.max(1, Math.floor(perMinute));
  const burst = Math.max(1, Math.floor(calls * BURST_OF_MINUTE));
  const intervalMs = MINUTE_MS / (calls + 1 - burst);
  return { intervalMs, depthMs: intervalMs * burst };
}

/**
 * A rate without windows, and so without edges: the generic cell rate algorithm. It remembers one moment, the one at which an even flow
 * would have made all calls that were made.
 *
 * Promised: in any span of t ms at most (t + depth) / interval calls.
 */
export class Gcra {
  private paidUntilMs = -Infinity;

  /**
   * Takes one call, now or within `waitMs`.
   *
   * @returns how long to wait before making it; absent when it would be longer
   */
  take(rate: Rate, nowMs: number, waitMs = 0): number | undefined {
    const earlyMs = this.earlyMs(rate, nowMs);
    if (earlyMs > waitMs) return undefined;
    this.charge(rate, nowMs);
    return earlyMs;
  }

  /** How long before its turn a call would be that is made now. */
  earlyMs({ intervalMs, depthMs }: Rate, nowMs: number): number {
    const earlyMs = Math.max(0, this.paidUntilMs - nowMs) + intervalMs - depthMs;
    return earlyMs < ROUNDING_MS ? 0 : earlyMs;
  }

  charge({ intervalMs }: Rate, nowMs: number): void {
    this.paidUntilMs = Math.max(this.paidUntilMs, nowMs) + intervalMs;
  }

  /** As if at that moment all calls that may run ahead had been made. */
  exhaustedAt(atMs: number, { depthMs }: Rate): void {
    this.paidUntilMs = Math.max(this.paidUntilMs, atMs + depthMs);
  }
}
