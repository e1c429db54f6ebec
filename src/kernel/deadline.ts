import type { Clock } from './clock.js';

/** The result of `withTimer` and `withTimeout` when the time is up before the work ends. */
export const TIMED_OUT: unique symbol = Symbol('time is up');

/** The moment until which a caller waits. */
export class Deadline {
  constructor(
    private readonly clock: Clock,
    /** In milliseconds of `clock`, counted from the arrival of the request. */
    private readonly atMs: number,
  ) {}

  /** The same deadline, or the end of `ms` from now if that is earlier. */
  within(ms: number): Deadline {
    return new Deadline(this.clock, Math.min(this.atMs, this.clock.nowMs() + ms));
  }

  /** Never negative. */
  remainingMs(): number {
    return Math.max(0, this.atMs - this.clock.nowMs());
  }
}

/**
 * Waits for `work` until `arm` reports that the time is up. The work continues after that, and its
 * late failure is ignored.
 *
 * @param arm starts the timer, and returns a function that stops the timer
 */
export function withTimer<T>(
  work: Promise<T>,
  arm: (timeIsUp: () => void) => () => void,
): Promise<T | typeof TIMED_OUT> {
  return new Promise((resolve, reject) => {
    const disarm = arm(() => resolve(TIMED_OUT));
    work.then(
      (value) => {
        disarm();
        resolve(value);
      },
      (error: unknown) => {
        disarm();
        // An error of another realm is no instance of this realm's `Error`, and keeps its code.
        reject(Error.isError(error) ? error : new Error(String(error)));
      },
    );
  });
}

/** Waits for `work` at most `boundMs` milliseconds. Leaves no timer behind. */
export function withTimeout<T>(work: Promise<T>, boundMs: number): Promise<T | typeof TIMED_OUT> {
  return withTimer(work, (timeIsUp) => {
    const timer = setTimeout(timeIsUp, Math.ceil(boundMs));
    return () => clearTimeout(timer);
  });
}
