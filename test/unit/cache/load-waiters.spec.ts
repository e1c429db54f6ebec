import { beforeEach, describe, expect, it } from '@jest/globals';
import { LoadWaiters } from '../../../src/cache/internal/load-waiters.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';

const KEY = 'cust:customer:10001:a4f8';
/** Longer than any test may take: a waiter that returns was woken. */
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

describe('LoadWaiters', () => {
  it('wakes all waiters of a key when its load finishes, and leaves no timer', async () => {
    const before = timers();
    const waiting = [1, 2, 3].map(() => waiters.wait(KEY, clock.nowMs(), FAR_MS));
    expect(timers()).toBeGreaterThan(before);
    bus.publishFinished(KEY);
    await Promise.all(waiting);

    expect(timers()).toBe(before);
  });

  it('wakes no waiter of another key', async () => {
    let woken = false;
    const other = waiters.wait('another', clock.nowMs(), FAR_MS).then(() => (woken = true));
    bus.publishFinished(KEY);
    await new Promise((resolve) => setImmediate(resolve));

    expect(woken).toBe(false);
    bus.publishFinished('another');
    await other;
  });

  it('ends the wait at once if the load finished before the reply of the store arrived', async () => {
    const readAtMs = clock.nowMs();
    clock.advance(1);
    bus.publishFinished(KEY);
    clock.advance(1);

    await waiters.wait(KEY, readAtMs, FAR_MS);
  });

  it('ends the wait at once if the load finished in the same millisecond as the read', async () => {
    bus.publishFinished(KEY);

    await waiters.wait(KEY, clock.nowMs(), FAR_MS);
  });

  it('waits for the next finished load if a load finished before the read', async () => {
    bus.publishFinished(KEY);
    clock.advance(1);
    let woken = false;
    const waiting = waiters.wait(KEY, clock.nowMs(), FAR_MS).then(() => (woken = true));
    await new Promise((resolve) => setImmediate(resolve));

    expect(woken).toBe(false);
    bus.publishFinished(KEY);
    await waiting;
  });

  it('waits no longer than the bound if no load finishes', async () => {
    const before = timers();
    await waiters.wait(KEY, clock.nowMs(), 5);

    expect(timers()).toBe(before);
  });

  it('wakes the remaining waiters after another waiter has timed out', async () => {
    const patient = waiters.wait(KEY, clock.nowMs(), FAR_MS);
    await waiters.wait(KEY, clock.nowMs(), 5);
    bus.publishFinished(KEY);

    await patient;
  });

  it('leaves no timer when loads without waiters finish', () => {
    const before = timers();
    for (let load = 0; load < 20_000; load++) bus.publishFinished(`key-${load}`);

    expect(timers()).toBe(before);
  });
});
