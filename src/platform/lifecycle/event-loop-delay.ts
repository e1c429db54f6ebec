/** The time between two ticks, in milliseconds. */
export const TICK_EVERY_MS = 100;
/** The length of the window, in milliseconds: about as long as a caller waits. */
const WINDOW_MS = 3000;
/**
 * The fewest ticks that show an overload. A pause of the garbage collector or of the machine makes
 * one tick late, and the start of a process two.
 */
const MIN_TICKS = 4;
/**
 * If every tick of the window is later than this, the process answers no caller in time. The
 * process should refuse some of its requests.
 */
const OVERLOADED_MS = 400;
/**
 * If one tick of the window is less late than this, the overload is over. Lower than
 * `OVERLOADED_MS`, so that the state does not flicker.
 */
const RECOVERED_MS = 200;

interface Tick {
  readonly atMs: number;
  readonly lateMs: number;
}

/**
 * Measures how late the event loop runs its timers, over a sliding window.
 *
 * The process is overloaded if every tick of the window is late. A long block of the event loop
 * makes a single late tick, so a long block alone is no overload. A tick on time shows that the
 * backlog is done.
 */
export class EventLoopDelay {
  private readonly ticks: Tick[] = [];
  private overloaded = false;
  private mean = 0;
  private max = 0;

  constructor(private lastMs: number) {}

  get isOverloaded(): boolean {
    return this.overloaded;
  }

  /** The mean delay of the ticks in the window, in milliseconds. */
  get meanMs(): number {
    return this.mean;
  }

  /** The greatest delay of the ticks in the window, in milliseconds; 0 before the first tick. */
  get maxMs(): number {
    return this.max;
  }

  /** The greater of `maxMs` and the delay of the tick that has not run yet, in milliseconds. */
  presentMs(nowMs: number): number {
    return Math.max(this.max, nowMs - this.lastMs - TICK_EVERY_MS);
  }

  /** Records a tick. Called every `TICK_EVERY_MS`, or later if the event loop is busy. */
  ticked(nowMs: number): void {
    this.ticks.push({ atMs: nowMs, lateMs: Math.max(0, nowMs - this.lastMs - TICK_EVERY_MS) });
    this.lastMs = nowMs;
    while (this.ticks.length > MIN_TICKS && (this.ticks[0]?.atMs ?? 0) < nowMs - WINDOW_MS) this.ticks.shift();
    const delays = this.ticks.map(({ lateMs }) => lateMs);
    this.max = Math.max(...delays);
    this.mean = delays.reduce((sum, lateMs) => sum + lateMs, 0) / delays.length;
    this.overloaded =
      delays.length >= MIN_TICKS && Math.min(...delays) > (this.overloaded ? RECOVERED_MS : OVERLOADED_MS);
  }
}
