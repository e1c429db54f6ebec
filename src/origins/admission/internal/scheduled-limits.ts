import type { SystemLimits } from '../../../config/sections/systems/system-config.js';
import { windowAt } from '../../../config/cron.js';

export interface CurrentLimits {
  readonly maxConcurrent: number;
  /** `undefined` means no limit. */
  readonly maxPerSecond: number | undefined;
  /** `undefined` means no limit. */
  readonly maxPerMinute: number | undefined;
}

/** The declared limits of a system at the current time of day. */
export class ScheduledLimits {
  private cached: CurrentLimits;
  /**
   * The cached limits are valid between these two moments: no window opens or closes in between.
   */
  private cachedFromMs = Infinity;
  private cachedUntilMs = -Infinity;

  constructor(
    private readonly limits: SystemLimits,
    /** The wall clock, because a schedule follows the time of day. */
    private readonly wallMs: () => number = Date.now,
  ) {
    this.cached = limits;
  }

  current(): CurrentLimits {
    if (this.limits.schedule.length === 0) return this.cached;
    const nowMs = this.wallMs();
    // The wall clock can also be set back.
    if (nowMs < this.cachedFromMs || nowMs >= this.cachedUntilMs) this.evaluate(nowMs);
    return this.cached;
  }

  /** If several windows are open, the last declared one counts. */
  private evaluate(nowMs: number): void {
    const { maxConcurrent, maxPerSecond, maxPerMinute, schedule } = this.limits;
    const windows = schedule.map((window) => ({ ...window, ...windowAt(window.cron, window.forMs, nowMs) }));
    const open = windows.findLast(({ isOpen }) => isOpen);
    this.cachedFromMs = nowMs;
    this.cachedUntilMs = Math.min(...windows.map(({ untilMs }) => untilMs));
    this.cached = {
      maxConcurrent: open?.maxConcurrent ?? maxConcurrent,
      maxPerSecond: open?.maxPerSecond ?? maxPerSecond,
      maxPerMinute,
    };
  }
}
