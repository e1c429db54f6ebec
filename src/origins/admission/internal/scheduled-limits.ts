import type { SystemLimits } from '../../../config/config.js';
import { windowAt } from '../../../config/cron.js';

export interface Ceiling {
  readonly maxConcurrent: number;
  readonly maxPerSecond: number | undefined;
  readonly maxPerMinute: number | undefined;
}

/** What a system may be asked at most, by the time of day. */
export class ScheduledLimits {
  private known: Ceiling;
  /** Between these moments nothing opens or closes. */
  private knownFromMs = Infinity;
  private knownUntilMs = -Infinity;

  constructor(
    private readonly limits: SystemLimits,
    /** The wall clock: a schedule is one of people. */
    private readonly wallMs: () => number = Date.now,
  ) {
    this.known = limits;
  }

  now(): Ceiling {
    if (this.limits.schedule.length === 0) return this.known;
    const nowMs = this.wallMs();
    // A wall clock may also be set back.
    if (nowMs < this.knownFromMs || nowMs >= this.knownUntilMs) this.look(nowMs);
    return this.known;
  }

  /** Of several windows that are open, the one declared last counts. */
  private look(nowMs: number): void {
    const { maxConcurrent, maxPerSecond, maxPerMinute, schedule } = this.limits;
    const states = schedule.map((window) => ({ ...window, ...windowAt(window.cron, window.forMs, nowMs) }));
    const open = states.findLast(({ isOpen }) => isOpen);
    this.knownFromMs = nowMs;
    this.knownUntilMs = Math.min(...states.map(({ untilMs }) => untilMs));
    this.known = {
      maxConcurrent: open?.maxConcurrent ?? maxConcurrent,
      maxPerSecond: open?.maxPerSecond ?? maxPerSecond,
      maxPerMinute,
    };
  }
}
