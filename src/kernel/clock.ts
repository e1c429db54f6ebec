/** Time comes in through this port, so that a test can hold it still. */
export abstract class Clock {
  /** Milliseconds on a clock that never steps; only differences mean anything. Fractions are kept. */
  abstract nowMs(): number;
}

/** The machine's monotonic clock: a step of the wall clock moves no deadline. */
export class SystemClock extends Clock {
  nowMs(): number {
    return performance.now();
  }
}
