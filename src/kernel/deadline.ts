import type { Clock } from './clock.js';

/** What `withinMs` resolves to when the time is up first. */
export const TIMED_OUT: unique symbol = Symbol('time is up');

/** A moment after which a caller waits no longer. */
export class Deadline {
  constructor(
    private readonly clock: Clock,
    /** On the clock given; counted from the arrival of the request, not from the start of the work. */
    private readonly atMs: number,
  ) {}

  /** Never negative. */
  remainingMs(): number {
    return Math.max(0, this.atMs - this.clock.nowMs());
  }
}

/**
 * Waits for `work`, but no longer than until `arm` says that the time is up. The work itself goes on: whoever started it owns its end, so
 * its late failure is swallowed here and nowhere else.
 *
 * @param arm starts the clock, and returns how to stop it
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
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** The same for so many milliseconds. No timer is left behind. */
export function withTimeout<T>(work: Promise<T>, boundMs: number): Promise<T | typeof TIMED_OUT> {
  return withTimer(work, (timeIsUp) => {
    const timer = setTimeout(timeIsUp, Math.ceil(boundMs));
    return () => clearTimeout(timer);
  });
}
