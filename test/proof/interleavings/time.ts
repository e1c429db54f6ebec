import { jest } from '@jest/globals';
import { ManualClock } from '../../support/manual-clock.js';

/** The clock and the timers of a run, which only this class advances, together. */
export class Time {
  readonly clock = new ManualClock();
  /**
   * The duration of one step of the schedule. 0 means that all steps happen in the same
   * millisecond.
   */
  tickMs = 0;

  tick(): void {
    this.pass(this.tickMs);
  }

  /**
   * Advances at once, like a process that stood still: due timers find the later time on the clock.
   */
  pass(ms: number): void {
    if (ms === 0) return;
    this.clock.advance(ms);
    jest.advanceTimersByTime(ms);
  }
}

/** Replaces timers and random numbers, so that the schedule alone decides the order of events. */
export function fakeTimersAndRandom(): void {
  // `Date` stays real, because the runner picks its seeds by the date.
  jest.useFakeTimers({ doNotFake: ['Date', 'setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
}

export function restoreTimersAndRandom(): void {
  jest.restoreAllMocks();
  jest.useRealTimers();
}
