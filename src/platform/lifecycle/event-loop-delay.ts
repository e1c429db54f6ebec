export const TICK_EVERY_MS = 100;
/** How far back it looks: as long as a caller's patience. */
const WINDOW_MS = 3000;
/**
 * Overload is seen in no fewer: a pause of the collector or of the machine is one late tick, and a
 * start is two.
 */
const LATE_TICKS = 4;
/** So late at every turn, a process answers nobody in time any more: it had better answer fewer. */
const OVERLOADED_MS = 400;
/** And so late it is fit again: lower, so that it does not flicker. */
const FIT_MS = 200;

interface Tick {
  readonly atMs: number;
  readonly lateMs: number;
}

/**
 * How late this process comes to its work, over a window that slides. A burst that blocks the loop
 * is no overload, however long: what counts is that it was late every time. One tick that came in
 * time says that what had piled up was worked off.
 */
export class EventLoopDelay {
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
    while (this.ticks.length > LATE_TICKS && (this.ticks[0]?.atMs ?? 0) < nowMs - WINDOW_MS) this.ticks.shift();
    const lates = this.ticks.map(({ lateMs }) => lateMs);
    this.late = lates.reduce((sum, lateMs) => sum + lateMs, 0) / lates.length;
    this.overloaded = lates.length >= LATE_TICKS && Math.min(...lates) > (this.overloaded ? FIT_MS : OVERLOADED_MS);
  }
}
