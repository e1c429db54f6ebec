export const TICK_EVERY_MS = 100;
/** How far back it looks. Longer than a burst that is worked off, shorter than a caller's patience. */
const WINDOW_MS = 1500;
/** So late, on average of the window, a process answers nobody in time any more: it had better answer fewer. */
const OVERLOADED_MS = 500;
/** And so late it is fit again: lower, so that it does not flicker. */
const FIT_MS = 200;

interface Tick {
  readonly atMs: number;
  readonly lateMs: number;
}

/**
 * How late this process comes to its work, over a window that slides. A burst that blocks the loop once is no overload: what counts is
 * lateness that lasts.
 */
export class LoopDelay {
  private readonly ticks: Tick[] = [];
  private overloaded = false;
  private late = 0;

  constructor(private lastMs: number) {}

  get isOverloaded(): boolean {
    return this.overloaded;
  }

  /** On average of the window. */
  get meanMs(): number {
    return this.late;
  }

  /** Called every `TICK_EVERY_MS`, as far as the process can. */
  ticked(nowMs: number): void {
    this.ticks.push({ atMs: nowMs, lateMs: Math.max(0, nowMs - this.lastMs - TICK_EVERY_MS) });
    this.lastMs = nowMs;
    while (this.ticks.length > 1 && (this.ticks[0]?.atMs ?? 0) < nowMs - WINDOW_MS) this.ticks.shift();
    this.late = this.ticks.reduce((sum, { lateMs }) => sum + lateMs, 0) / this.ticks.length;
    // One late tick alone is a pause, of the collector or of the machine.
    this.overloaded = this.ticks.length > 1 && this.late > (this.overloaded ? FIT_MS : OVERLOADED_MS);
  }
}
