import { describe, expect, it } from '@jest/globals';
import { Deadline, TIMED_OUT, withTimeout } from '../../../src/kernel/deadline.js';
import { Gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';
import { eventually } from '../../support/eventually.js';

/** Longer than any test may take, so that a timer of this length stays visible. */
const FAR_MS = 3_600_000;

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('Deadline', () => {
  it('returns the time left until the deadline, and 0 afterwards', () => {
    const clock = new ManualClock(1000);
    const deadline = new Deadline(clock, 1250);

    expect(deadline.remainingMs()).toBe(250);
    clock.advance(249.5);
    expect(deadline.remainingMs()).toBe(0.5);
    clock.advance(1000);
    expect(deadline.remainingMs()).toBe(0);
  });
});

describe('withTimeout', () => {
  it('returns the result of the work and leaves no timer', async () => {
    const before = timers();

    expect(await withTimeout(Promise.resolve('done'), FAR_MS)).toBe('done');
    expect(timers()).toBe(before);
  });

  it('throws the error of the work and leaves no timer', async () => {
    const before = timers();
    const error = new TypeError('broken');

    await expect(withTimeout(Promise.reject(error), FAR_MS)).rejects.toBe(error);
    expect(timers()).toBe(before);
  });

  it('throws an Error if the work throws another value', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- libraries do so
    await expect(withTimeout(Promise.reject('just words'), FAR_MS)).rejects.toEqual(new Error('just words'));
  });

  it('returns TIMED_OUT after the timeout and leaves no timer', async () => {
    const gate = new Gate();
    const before = timers();

    expect(await withTimeout(gate.wait(), 1)).toBe(TIMED_OUT);
    // A test file before this one may have left a timer that ends now.
    await eventually(() => expect(timers()).toBeLessThanOrEqual(before));
    gate.open();
  });

  it('returns the result of finished work if no time is left', async () => {
    expect(await withTimeout(Promise.resolve('done'), 0)).toBe('done');
  });

  it('ignores a failure of the work after the timeout', async () => {
    const gate = new Gate();
    const work = gate.wait().then(() => Promise.reject(new Error('too late to matter')));

    expect(await withTimeout(work, 1)).toBe(TIMED_OUT);
    gate.open();
    await expect(work).rejects.toThrow('too late to matter');
  });
});
