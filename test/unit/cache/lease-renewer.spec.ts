import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EntryStore, Lease } from '../../../src/cache/internal/entry-store.js';
import { LEASE_MS, LeaseRenewer } from '../../../src/cache/internal/lease-renewer.js';
import { MemoryEntryStore } from '../../../src/cache/internal/memory-entry-store.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';

const FORMAT = '1-aaaa';
/** The keeper's own beat, well within a lease. */
const BEAT_MS = LEASE_MS / 3;

let clock: ManualClock;
let store: EntryStore;
let keeper: LeaseRenewer;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  clock = new ManualClock();
  store = new MemoryEntryStore(clock, 100, new TestEventBus());
  keeper = new LeaseRenewer(store);
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** The store's clock and the keeper's timer move together. */
async function pass(ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += BEAT_MS / 2) {
    clock.advance(BEAT_MS / 2);
    await jest.advanceTimersByTimeAsync(BEAT_MS / 2);
  }
}

const read = (key: string, leaseToken: string) =>
  store.read(key, { format: FORMAT, leaseToken, leaseMs: LEASE_MS, discard: false });

async function leaseOf(key: string): Promise<Lease> {
  const { load } = await read(key, `holder of ${key}`);
  if (load.kind !== 'lease-granted') throw new Error(`expected the lease, got ${load.kind}`);
  return load.lease;
}

describe('a lease', () => {
  it('runs out when nobody holds it', async () => {
    await leaseOf('key');
    await pass(LEASE_MS);

    expect((await read('key', 'another')).load.kind).toBe('lease-granted');
  });

  it('lasts as long as it is held, however long the load takes', async () => {
    const lease = await leaseOf('key');
    keeper.start(lease);
    await pass(LEASE_MS * 20);
    expect((await read('key', 'another')).load.kind).toBe('loading-elsewhere');
    keeper.stop(lease);
  });

  it('runs out after it was let go', async () => {
    const lease = await leaseOf('key');
    keeper.start(lease);
    await pass(LEASE_MS * 2);
    keeper.stop(lease);
    await pass(LEASE_MS);

    expect((await read('key', 'another')).load.kind).toBe('lease-granted');
  });

  it('lasts when another is let go', async () => {
    const [kept, other] = [await leaseOf('kept'), await leaseOf('other')];
    keeper.start(kept);
    keeper.start(other);
    keeper.stop(other);
    await pass(LEASE_MS * 2);

    expect((await read('kept', 'another')).load.kind).toBe('loading-elsewhere');
    expect((await read('other', 'another')).load.kind).toBe('lease-granted');
    keeper.stop(kept);
  });

  it('is held again by a keeper that held none for a while', async () => {
    const first = await leaseOf('first');
    keeper.start(first);
    keeper.stop(first);
    const second = await leaseOf('second');
    keeper.start(second);
    await pass(LEASE_MS * 2);

    expect((await read('second', 'another')).load.kind).toBe('loading-elsewhere');
    keeper.stop(second);
  });
});

describe('a lease keeper', () => {
  it('knows how many it holds, and has a timer only while it holds one', async () => {
    const [a, b] = [await leaseOf('a'), await leaseOf('b')];
    expect([keeper.size, jest.getTimerCount()]).toEqual([0, 0]);
    keeper.start(a);
    keeper.start(b);
    expect([keeper.size, jest.getTimerCount()]).toEqual([2, 1]);
    keeper.stop(a);
    expect([keeper.size, jest.getTimerCount()]).toEqual([1, 1]);
    keeper.stop(b);
    keeper.stop(b);

    expect([keeper.size, jest.getTimerCount()]).toEqual([0, 0]);
  });

  it('is not hurt by a store that is away', async () => {
    const lease = await leaseOf('key');
    jest.spyOn(store, 'renew').mockRejectedValue(new Error('away'));
    keeper.start(lease);
    await pass(LEASE_MS * 2);

    expect(keeper.size).toBe(1);
    keeper.stop(lease);
  });
});
