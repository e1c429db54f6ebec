/** Sets of calls this close together still count as even: it is what a timer and a busy event loop make of an even flow. */
export const BURST_MS = 50;

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
  take({ intervalMs, depthMs }: Rate, nowMs: number, waitMs = 0): number | undefined {
    const paidUntilMs = Math.max(this.paidUntilMs, nowMs) + intervalMs;
    const earlyMs = Math.max(0, paidUntilMs - nowMs - depthMs);
    if (earlyMs > waitMs) return undefined;
    this.paidUntilMs = paidUntilMs;
    return earlyMs;
  }
}
