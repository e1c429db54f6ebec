import { describe, expect, it } from '@jest/globals';
import { Deadline, TIMED_OUT, withTimeout } from '../../../src/kernel/deadline.js';
import { Gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';

/** Longer than any test may take: a timer of this length that is left behind is seen. */
const FAR_MS = 3_600_000;

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('a deadline', () => {
  it('is counted from the moment it was given, and is never negative', () => {
    const clock = new ManualClock(1000);
    const deadline = new Deadline(clock, 1250);

    expect(deadline.remainingMs()).toBe(250);
    clock.advance(249.5);
    expect(deadline.remainingMs()).toBe(0.5);
    clock.advance(1000);
    expect(deadline.remainingMs()).toBe(0);
  });
});

describe('waiting within a bound', () => {
  it('gives what the work gives, and leaves no timer', async () => {
    const before = timers();

    expect(await withTimeout(Promise.resolve('done'), FAR_MS)).toBe('done');
    expect(timers()).toBe(before);
  });

  it('throws what the work throws, and leaves no timer', async () => {
    const before = timers();
    const error = new TypeError('broken');

    await expect(withTimeout(Promise.reject(error), FAR_MS)).rejects.toBe(error);
    expect(timers()).toBe(before);
  });

  it('makes an error of whatever else was thrown', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a library may do this
    await expect(withTimeout(Promise.reject('just words'), FAR_MS)).rejects.toEqual(new Error('just words'));
  });

  it('ends when the time is up, and leaves no timer', async () => {
    const gate = new Gate();
    const before = timers();

    expect(await withTimeout(gate.wait(), 1)).toBe(TIMED_OUT);
    expect(timers()).toBe(before);
    gate.open();
  });

  it('gives work that is done already even where no time is left', async () => {
    expect(await withTimeout(Promise.resolve('done'), 0)).toBe('done');
  });

  it('swallows the failure of work that nobody waits for any more', async () => {
    const gate = new Gate();
    const work = gate.wait().then(() => Promise.reject(new Error('too late to matter')));

    expect(await withTimeout(work, 1)).toBe(TIMED_OUT);
    gate.open();
    await expect(work).rejects.toThrow('too late to matter');
  });
});
