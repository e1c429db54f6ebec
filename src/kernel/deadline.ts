import type { Clock } from './clock.js';

/** What `withinMs` resolves to when the time is up first. */
export const TIME_IS_UP: unique symbol = Symbol('time is up');

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
 * Waits for `work`, but no longer than `boundMs`. The work itself goes on: whoever started it owns its end, so its late failure is
 * swallowed here and nowhere else. No timer is left behind.
 */
export function withinMs<T>(work: Promise<T>, boundMs: number): Promise<T | typeof TIME_IS_UP> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(TIME_IS_UP), Math.ceil(boundMs));
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
