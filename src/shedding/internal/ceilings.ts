import type { SystemLimits } from '../../config/config.js';
import { isInWindow } from '../../config/cron.js';

export interface Ceiling {
  readonly maxConcurrent: number;
  readonly maxPerSecond: number | undefined;
  readonly maxPerMinute: number | undefined;
}

/** Windows begin at full seconds or later: looking once a second misses nothing. */
const LOOKS_EVERY_MS = 1000;

/** What a system may be asked at most, by the time of day. */
export class Ceilings {
  private known: Ceiling;
  private lookedAtMs = -Infinity;

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
    if (Math.abs(nowMs - this.lookedAtMs) >= LOOKS_EVERY_MS) {
      this.lookedAtMs = nowMs;
      this.known = this.at(nowMs);
    }
    return this.known;
  }

  /** Of several windows that are open, the one declared last counts. */
  private at(nowMs: number): Ceiling {
    const { maxConcurrent, maxPerSecond, maxPerMinute, schedule } = this.limits;
    const open = schedule.findLast(({ cron, forMs }) => isInWindow(cron, forMs, nowMs));
    return {
      maxConcurrent: open?.maxConcurrent ?? maxConcurrent,
      maxPerSecond: open?.maxPerSecond ?? maxPerSecond,
      maxPerMinute,
    };
  }
}
