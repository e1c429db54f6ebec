import { beforeEach, describe, expect, it } from '@jest/globals';
import { LoadWaiters } from '../../../src/cache/internal/load-waiters.js';
import { ManualClock } from '../../support/manual-clock.js';

const KEY = 'cust:customer:10001:a4f8';
/** Longer than any test may take: whoever comes back has been woken. */
const FAR_MS = 3_600_000;

let clock: ManualClock;
let landings: LoadWaiters;

beforeEach(() => {
  clock = new ManualClock(1000);
  landings = new LoadWaiters(clock);
});

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('a landing', () => {
  it('wakes everybody who waits for its key, and leaves no timer', async () => {
    const before = timers();
    const waiting = [1, 2, 3].map(() => landings.wait(KEY, clock.nowMs(), FAR_MS));
    expect(timers()).toBeGreaterThan(before);
    landings.finished(KEY);
    await Promise.all(waiting);

    expect(timers()).toBe(before);
  });

  it('wakes nobody who waits for another key', async () => {
    let woken = false;
    const other = landings.wait('another', clock.nowMs(), FAR_MS).then(() => (woken = true));
    landings.finished(KEY);
    await new Promise((resolve) => setImmediate(resolve));

    expect(woken).toBe(false);
    landings.finished('another');
    await other;
  });

  it('that overtook the reply of the store ends the wait at once', async () => {
    const askedAtMs = clock.nowMs();
    clock.advance(1);
    landings.finished(KEY);
    clock.advance(1);

    await landings.wait(KEY, askedAtMs, FAR_MS);
  });

  it('in the same moment as the question counts too', async () => {
    landings.finished(KEY);

    await landings.wait(KEY, clock.nowMs(), FAR_MS);
  });

  it('from before the question is waited out', async () => {
    landings.finished(KEY);
    clock.advance(1);
    let woken = false;
    const waiting = landings.wait(KEY, clock.nowMs(), FAR_MS).then(() => (woken = true));
    await new Promise((resolve) => setImmediate(resolve));

    expect(woken).toBe(false);
    landings.finished(KEY);
    await waiting;
  });

  it('that never comes is waited for no longer than the bound', async () => {
    const before = timers();
    await landings.wait(KEY, clock.nowMs(), 5);

    expect(timers()).toBe(before);
  });

  it('wakes those who go on waiting when another one of them has given up', async () => {
    const patient = landings.wait(KEY, clock.nowMs(), FAR_MS);
    await landings.wait(KEY, clock.nowMs(), 5);
    landings.finished(KEY);

    await patient;
  });

  it('with nobody waiting is nothing to stumble over', () => {
    const before = timers();
    for (let landing = 0; landing < 20_000; landing++) landings.finished(`key-${landing}`);

    expect(timers()).toBe(before);
  });
});
