import { jest } from '@jest/globals';
import { ManualClock } from '../../support/manual-clock.js';

/** The clock and the timers of a run, moved together and by nothing else. */
export class Time {
  readonly clock = new ManualClock();
  /** What one step of the schedule takes; 0: everything happens in the same millisecond. */
  tickMs = 0;

  tick(): void {
    this.pass(this.tickMs);
  }

  /** In one go, as for a process that stood still: timers that are due find the later time on the clock. */
  pass(ms: number): void {
    if (ms === 0) return;
    this.clock.advance(ms);
    jest.advanceTimersByTime(ms);
  }
}

/** Takes timers and chance out of the machine's hands, so that the schedule alone says what happens. */
export function holdTimeAndChance(): void {
  // The runner picks its seeds by the date.
  jest.useFakeTimers({ doNotFake: ['Date', 'setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
}

export function letTimeAndChanceGo(): void {
  jest.restoreAllMocks();
  jest.useRealTimers();
}
