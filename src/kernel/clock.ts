/** Monotonic time. Classes get the time from this port, so that a test can hold the clock still. */
export abstract class Clock {
  /** Milliseconds, with fractions, on a clock that never steps. Only differences have a meaning. */
  abstract nowMs(): number;
}

/** The machine's monotonic clock. A step of the wall clock moves no deadline. */
export class SystemClock extends Clock {
  nowMs(): number {
    return performance.now();
  }
}

/** The time of day. The wall clock may step, so no wait is measured with it. */
export abstract class WallClock {
  /** Unix milliseconds. */
  abstract nowMs(): number;
}

export class SystemWallClock extends WallClock {
  nowMs(): number {
    return Date.now();
  }
}
