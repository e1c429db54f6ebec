import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EntryStore, Lease } from '../../../src/cache/internal/entry-store.js';
import { LEASE_MS, LeaseRenewer } from '../../../src/cache/internal/lease-renewer.js';
import { MemoryEntryStore } from '../../../src/cache/internal/memory-entry-store.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';
import { hearingAlone } from '../../support/hearing.js';

const FORMAT = '1-aaaa';
/** The renewer renews a lease at this interval, well within the lease. */
const RENEWAL_INTERVAL_MS = LEASE_MS / 3;

let clock: ManualClock;
let store: EntryStore;
let renewer: LeaseRenewer;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  clock = new ManualClock();
  store = new MemoryEntryStore(clock, 100, new TestEventBus(), hearingAlone(clock));
  renewer = new LeaseRenewer(store, clock);
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** Advances the store's clock and the renewer's timer together. */
async function pass(ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += RENEWAL_INTERVAL_MS / 2) {
    clock.advance(RENEWAL_INTERVAL_MS / 2);
    await jest.advanceTimersByTimeAsync(RENEWAL_INTERVAL_MS / 2);
  }
}

const read = (key: string, leaseToken: string) =>
  store.read(key, { format: FORMAT, leaseToken, leaseMs: LEASE_MS, discard: false, withinMs: 10_000 });

async function leaseOf(key: string): Promise<Lease> {
  const { load } = await read(key, `token of ${key}`);
  if (load.kind !== 'lease-granted') throw new Error(`expected the lease, got ${load.kind}`);
  return load.lease;
}

describe('a lease of LeaseRenewer', () => {
  it('a lease expires when it is not renewed', async () => {
    await leaseOf('key');
    await pass(LEASE_MS);

    expect((await read('key', 'another')).load.kind).toBe('lease-granted');
  });

  it('a lease lasts while it is renewed, however long the load takes', async () => {
    const lease = await leaseOf('key');
    renewer.start(lease, clock.nowMs());
    await pass(LEASE_MS * 20);
    expect((await read('key', 'another')).load.kind).toBe('loading-already');
    renewer.stop(lease);
  });

  it('a lease expires after its renewal has stopped', async () => {
    const lease = await leaseOf('key');
    renewer.start(lease, clock.nowMs());
    await pass(LEASE_MS * 2);
    renewer.stop(lease);
    await pass(LEASE_MS);

    expect((await read('key', 'another')).load.kind).toBe('lease-granted');
  });

  it('a lease lasts when the renewal of another lease stops', async () => {
    const [renewed, other] = [await leaseOf('renewed'), await leaseOf('other')];
    renewer.start(renewed, clock.nowMs());
    renewer.start(other, clock.nowMs());
    renewer.stop(other);
    await pass(LEASE_MS * 2);

    expect((await read('renewed', 'another')).load.kind).toBe('loading-already');
    expect((await read('other', 'another')).load.kind).toBe('lease-granted');
    renewer.stop(renewed);
  });

  it('a lease is renewed by a renewer that had no lease for a while', async () => {
    const first = await leaseOf('first');
    renewer.start(first, clock.nowMs());
    renewer.stop(first);
    const second = await leaseOf('second');
    renewer.start(second, clock.nowMs());
    await pass(LEASE_MS * 2);

    expect((await read('second', 'another')).load.kind).toBe('loading-already');
    renewer.stop(second);
  });
});

describe('a process whose timers are late', () => {
  it('renews its leases with the requests that it handles', async () => {
    const lease = await leaseOf('key');
    renewer.start(lease, clock.nowMs());
    for (let request = 0; request < 20; request += 1) {
      clock.advance(RENEWAL_INTERVAL_MS);
      renewer.renewDue(clock.nowMs());
    }
    expect((await read('key', 'another')).load.kind).toBe('loading-already');
    renewer.stop(lease);
  });

  it('renews a lease at once whose grant arrived late', async () => {
    const askedAtMs = clock.nowMs();
    const lease = await leaseOf('key');
    clock.advance(LEASE_MS - 1);
    renewer.start(lease, askedAtMs);
    clock.advance(LEASE_MS - 1);
    expect((await read('key', 'another')).load.kind).toBe('loading-already');
    renewer.stop(lease);
  });

  it('renews no lease before it is due, and none after the last load', async () => {
    const renewals = jest.spyOn(store, 'renew');
    const lease = await leaseOf('key');
    renewer.start(lease, clock.nowMs());
    clock.advance(RENEWAL_INTERVAL_MS - 1);
    renewer.renewDue(clock.nowMs());
    renewer.stop(lease);
    clock.advance(LEASE_MS);
    renewer.renewDue(clock.nowMs());
    expect(renewals).not.toHaveBeenCalled();
  });
});

describe('LeaseRenewer', () => {
  it('counts the leases it renews, and has a timer only while it renews a lease', async () => {
    const [a, b] = [await leaseOf('a'), await leaseOf('b')];
    expect([renewer.size, jest.getTimerCount()]).toEqual([0, 0]);
    renewer.start(a, clock.nowMs());
    renewer.start(b, clock.nowMs());
    expect([renewer.size, jest.getTimerCount()]).toEqual([2, 1]);
    renewer.stop(a);
    expect([renewer.size, jest.getTimerCount()]).toEqual([1, 1]);
    renewer.stop(b);
    renewer.stop(b);

    expect([renewer.size, jest.getTimerCount()]).toEqual([0, 0]);
  });

  it('continues when the store is unavailable', async () => {
    const lease = await leaseOf('key');
    jest.spyOn(store, 'renew').mockRejectedValue(new Error('unavailable'));
    renewer.start(lease, clock.nowMs());
    await pass(LEASE_MS * 2);

    expect(renewer.size).toBe(1);
    renewer.stop(lease);
  });
});
