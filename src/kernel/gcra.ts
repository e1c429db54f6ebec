/**
 * A burst of this length still counts as an even flow, in milliseconds. Timers and a busy event
 * loop turn an even flow into bursts of this size.
 */
export const BURST_MS = 50;

/**
 * The length of a minute for limits per minute: one second longer than a minute. A call is counted
 * when it is admitted, and the origin sees it up to a second later. The last call of one minute can
 * therefore reach the origin together with the first call of the next.
 */
const MINUTE_MS = 61_000;
/** The error of sums of fractions. */
const ROUNDING_MS = 1e-6;
/** The share of a minute's calls that may arrive at one moment. */
const MINUTE_BURST_SHARE = 0.2;

export interface Rate {
  /** Time between two calls at the full rate. */
  readonly intervalMs: number;
  /** How far the recorded calls may run ahead of the even flow. */
  readonly burstToleranceMs: number;
}

/** @param burst calls that may arrive at one moment; values below 1 count as 1 */
export function perSecondRate(perSecond: number, burst = (perSecond * BURST_MS) / 1000): Rate {
  const intervalMs = 1000 / perSecond;
  return { intervalMs, burstToleranceMs: intervalMs * Math.max(1, burst) };
}

/**
 * Returns a burst and an even flow of the remaining calls. Together they keep every minute at or
 * below `perMinute` calls.
 *
 * The last of k calls comes no earlier than (k - burst) intervals after the first. So k calls fit
 * into less than a minute only if (k - burst) * interval < minute. With the interval
 * minute / (perMinute + 1 - burst), this means k < perMinute + 1.
 */
export function perMinuteRate(perMinute: number): Rate {
  const calls = Math.max(1, Math.floor(perMinute));
  const burst = Math.max(1, Math.floor(calls * MINUTE_BURST_SHARE));
  const intervalMs = MINUTE_MS / (calls + 1 - burst);
  return { intervalMs, burstToleranceMs: intervalMs * burst };
}

/**
 * Limits a rate without windows, and so without their edges: the generic cell rate algorithm (ITU-T
 * I.371). The only state of a limit is the theoretical arrival time: the moment at which an even
 * flow would have made all recorded calls.
 *
 * Guarantees: in any span of t ms, at most (t + burst tolerance) / interval calls.
 */
export class Gcra {
  private theoreticalArrivalMs = -Infinity;

  /**
   * Records one call if it may be made now or within `maxWaitMs`.
   *
   * @returns the delay before the call; `undefined` when the delay would exceed `maxWaitMs`
   */
  tryAcquire(rate: Rate, nowMs: number, maxWaitMs = 0): number | undefined {
    const delayMs = this.delayMs(rate, nowMs);
    if (delayMs > maxWaitMs) return undefined;
    this.record(rate, nowMs);
    return delayMs;
  }

  /** The delay after which a call may be made. 0: now. */
  delayMs({ intervalMs, burstToleranceMs }: Rate, nowMs: number): number {
    const delayMs = Math.max(0, this.theoreticalArrivalMs - nowMs) + intervalMs - burstToleranceMs;
    return delayMs < ROUNDING_MS ? 0 : delayMs;
  }

  record({ intervalMs }: Rate, nowMs: number): void {
    this.theoreticalArrivalMs = Math.max(this.theoreticalArrivalMs, nowMs) + intervalMs;
  }

  /** Records the whole burst as used at `atMs`. */
  exhaustAt(atMs: number, { burstToleranceMs }: Rate): void {
    this.theoreticalArrivalMs = Math.max(this.theoreticalArrivalMs, atMs + burstToleranceMs);
  }
}
