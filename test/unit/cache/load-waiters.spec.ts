import { beforeEach, describe, expect, it } from '@jest/globals';
import { LoadWaiters } from '../../../src/cache/internal/load-waiters.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';

const KEY = 'cust:customer:10001:a4f8';
/** Longer than any test may take: whoever comes back has been woken. */
const FAR_MS = 3_600_000;

let clock: ManualClock;
let bus: TestEventBus;
let waiters: LoadWaiters;

beforeEach(() => {
  clock = new ManualClock(1000);
  bus = new TestEventBus();
  waiters = new LoadWaiters(clock, bus);
});

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('a landing', () => {
  it('wakes everybody who waits for its key, and leaves no timer', async () => {
    const before = timers();
    const waiting = [1, 2, 3].map(() => waiters.wait(KEY, clock.nowMs(), FAR_MS));
    expect(timers()).toBeGreaterThan(before);
    bus.publishFinished(KEY);
    await Promise.all(waiting);

    expect(timers()).toBe(before);
  });

  it('wakes nobody who waits for another key', async () => {
    let woken = false;
    const other = waiters.wait('another', clock.nowMs(), FAR_MS).then(() => (woken = true));
    bus.publishFinished(KEY);
    await new Promise((resolve) => setImmediate(resolve));

    expect(woken).toBe(false);
    bus.publishFinished('another');
    await other;
  });

  it('that overtook the reply of the store ends the wait at once', async () => {
    const askedAtMs = clock.nowMs();
    clock.advance(1);
    bus.publishFinished(KEY);
    clock.advance(1);

    await waiters.wait(KEY, askedAtMs, FAR_MS);
  });

  it('in the same moment as the question counts too', async () => {
    bus.publishFinished(KEY);

    await waiters.wait(KEY, clock.nowMs(), FAR_MS);
  });

  it('from before the question is waited out', async () => {
    bus.publishFinished(KEY);
    clock.advance(1);
    let woken = false;
    const waiting = waiters.wait(KEY, clock.nowMs(), FAR_MS).then(() => (woken = true));
    await new Promise((resolve) => setImmediate(resolve));

    expect(woken).toBe(false);
    bus.publishFinished(KEY);
    await waiting;
  });

  it('that never comes is waited for no longer than the bound', async () => {
    const before = timers();
    await waiters.wait(KEY, clock.nowMs(), 5);

    expect(timers()).toBe(before);
  });

  it('wakes those who go on waiting when another one of them has given up', async () => {
    const patient = waiters.wait(KEY, clock.nowMs(), FAR_MS);
    await waiters.wait(KEY, clock.nowMs(), 5);
    bus.publishFinished(KEY);

    await patient;
  });

  it('with nobody waiting is nothing to stumble over', () => {
    const before = timers();
    for (let landing = 0; landing < 20_000; landing++) bus.publishFinished(`key-${landing}`);

    expect(timers()).toBe(before);
  });
});
