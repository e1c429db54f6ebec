import { Clock } from '../../src/kernel/clock.js';

/** A clock that stands still until the test moves it. */
export class ManualClock extends Clock {
  constructor(private atMs = 0) {
    super();
  }

  nowMs(): number {
    return this.atMs;
  }

  advance(byMs: number): void {
    this.atMs += byMs;
  }
}
