import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Lease } from '../../../src/cache/internal/entry-store.js';
import { Invalidator, type InvalidationRequest } from '../../../src/cache/invalidator.js';
import { NoOutbox } from '../../../src/messaging/outbox/no-outbox.js';
import { MemoryCustomerIndex } from '../../../src/cache/internal/memory-customer-index.js';
import { MemoryEntryStore } from '../../../src/cache/internal/memory-entry-store.js';
import type { CustomerRef } from '../../../src/contracts/customer.js';
import { Deadline } from '../../../src/kernel/deadline.js';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import { hearingAlone } from '../../support/hearing.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';

/** Loses its connection after a number of deletions. */
class FailingStore extends MemoryEntryStore {
  deletionsBeforeFailure = Infinity;

  override delete(key: string): Promise<boolean> {
    this.deletionsBeforeFailure -= 1;
    return this.deletionsBeforeFailure < 0 ? Promise.reject(new StoreUnavailable('lost')) : super.delete(key);
  }
}

class FailingIndex extends MemoryCustomerIndex {
  canComplete = true;

  override completeInvalidation(...args: Parameters<MemoryCustomerIndex['completeInvalidation']>): Promise<boolean> {
    return this.canComplete ? super.completeInvalidation(...args) : Promise.reject(new StoreUnavailable('lost'));
  }
}

const REFUSED = { kind: 'refused' };

describe('Invalidator', () => {
  const FORMAT = '1';
  const ada: CustomerRef = { tenant: '10001', hash: 'ada' };
  const bob: CustomerRef = { tenant: '10001', hash: 'bob' };
  const request: Omit<InvalidationRequest, 'deadline'> = {
    customer: ada,
    others: [],
    entryKeys: [],
    eventHash: 'e',
    critical: false,
  };
  const invalidate = (changes: Partial<InvalidationRequest> = {}) =>
    invalidator.invalidate({ ...request, deadline: new Deadline(clock, clock.nowMs() + 1000), ...changes });
  let store: FailingStore;
  let index: FailingIndex;
  let invalidator: Invalidator;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = new ManualClock();
    store = new FailingStore(clock, 100, new TestEventBus(), hearingAlone(clock));
    index = new FailingIndex(clock, 100, () => undefined);
    invalidator = new Invalidator(store, index, new NoOutbox(), 'test');
    for (const key of ['a-1', 'a-2', 'a-3']) await storeEntry(ada, key);
  });

  async function storeEntry(customer: CustomerRef, entryKey: string): Promise<void> {
    const lease = await leaseOf(entryKey);
    await index.indexEntry({ customer, entryKey, lifetimeMs: 60_000, epoch: await index.currentEpoch() });
    await store.write(lease, { format: FORMAT, text: '{}', freshMs: 60_000, lifetimeMs: 60_000 });
  }

  async function leaseOf(key: string): Promise<Lease> {
    const { load } = await read(key);
    if (load.kind !== 'lease-granted') throw new Error(`expected the lease, got ${load.kind}`);
    return load.lease;
  }

  function read(key: string) {
    return store.read(key, { format: FORMAT, leaseToken: key, leaseMs: 1000, discard: false, withinMs: 10_000 });
  }

  it('continues an interrupted invalidation when the event is repeated', async () => {
    store.deletionsBeforeFailure = 1;
    await expect(invalidate()).rejects.toThrow(StoreUnavailable);
    store.deletionsBeforeFailure = Infinity;
    expect(await invalidate()).toEqual({ invalidated: 2, duplicate: false });
    for (const key of ['a-1', 'a-2', 'a-3']) expect((await read(key)).stored).toBeUndefined();
    expect(await invalidate()).toEqual({ invalidated: 2, duplicate: true });
  });

  it('does not report an event as a duplicate if its completion was not stored', async () => {
    index.canComplete = false;
    await expect(invalidate()).rejects.toThrow(StoreUnavailable);
    index.canComplete = true;
    expect(await invalidate()).toMatchObject({ duplicate: false });
  });

  it('invalidates all customers of an event, and begins a tombstone for each', async () => {
    await storeEntry(bob, 'b-1');
    expect(await invalidate({ others: [bob], critical: true })).toMatchObject({
      invalidated: 4,
    });
    const epoch = await index.currentEpoch();
    for (const customer of [ada, bob])
      expect(await index.indexEntry({ customer, entryKey: 'new', lifetimeMs: 1000, epoch })).toEqual(REFUSED);
  });

  it('refuses entries whose load began before the invalidation, for all customers of the event', async () => {
    const epoch = await index.currentEpoch();
    await invalidate({ others: [bob] });
    for (const customer of [ada, bob])
      expect(await index.indexEntry({ customer, entryKey: 'late', lifetimeMs: 1000, epoch })).toEqual(REFUSED);
  });
});
