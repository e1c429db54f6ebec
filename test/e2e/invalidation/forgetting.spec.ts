import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Lease } from '../../../src/cache/internal/entry-store.js';
import { Invalidator, type InvalidationRequest } from '../../../src/cache/invalidator.js';
import { MemoryCustomerIndex } from '../../../src/cache/internal/memory-customer-index.js';
import { MemoryEntryStore } from '../../../src/cache/internal/memory-entry-store.js';
import type { CustomerRef } from '../../../src/contracts/customer.js';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import { ManualClock } from '../../support/manual-clock.js';
import { TestEventBus } from '../../support/test-event-bus.js';

/** Loses its connection when the test says so. */
class FailingStore extends MemoryEntryStore {
  dropsBeforeFailure = Infinity;

  override delete(key: string): Promise<boolean> {
    this.dropsBeforeFailure -= 1;
    return this.dropsBeforeFailure < 0 ? Promise.reject(new StoreUnavailable('lost')) : super.delete(key);
  }
}

class FailingIndex extends MemoryCustomerIndex {
  finishes = true;

  override completeInvalidation(...noted: Parameters<MemoryCustomerIndex['completeInvalidation']>): Promise<boolean> {
    return this.finishes ? super.completeInvalidation(...noted) : Promise.reject(new StoreUnavailable('lost'));
  }
}

describe('forgetting', () => {
  const FORMAT = '1';
  const ada: CustomerRef = { tenant: '10001', hash: 'ada' };
  const bob: CustomerRef = { tenant: '10001', hash: 'bob' };
  const request: InvalidationRequest = { customer: ada, others: [], eventHash: 'e', critical: false };
  let store: FailingStore;
  let index: FailingIndex;
  let forgetting: Invalidator;
  beforeEach(async () => {
    const clock = new ManualClock();
    store = new FailingStore(clock, 100, new TestEventBus());
    index = new FailingIndex(clock, 100, () => undefined);
    forgetting = new Invalidator(store, index);
    for (const key of ['a-1', 'a-2', 'a-3']) await keep(ada, key);
  });

  async function keep(customer: CustomerRef, entryKey: string): Promise<void> {
    const lease = await lend(entryKey);
    await index.indexEntry({ customer, entryKey, lifetimeMs: 60_000, epoch: await index.currentEpoch() });
    await store.write(lease, { format: FORMAT, text: '{}', freshMs: 60_000, lifetimeMs: 60_000 });
  }

  async function lend(key: string): Promise<Lease> {
    const { load } = await read(key);
    if (load.kind !== 'lease-granted') throw new Error(`expected the lease, got ${load.kind}`);
    return load.lease;
  }

  function read(key: string) {
    return store.read(key, { format: FORMAT, leaseToken: key, leaseMs: 1000, discard: false });
  }

  it('carries on where it broke off, when the event comes again', async () => {
    store.dropsBeforeFailure = 1;
    await expect(forgetting.invalidate(request)).rejects.toThrow(StoreUnavailable);
    store.dropsBeforeFailure = Infinity;
    expect(await forgetting.invalidate(request)).toEqual({ invalidated: 2, duplicate: false });
    for (const key of ['a-1', 'a-2', 'a-3']) expect((await read(key)).stored).toBeUndefined();
    expect(await forgetting.invalidate(request)).toEqual({ invalidated: 2, duplicate: true });
  });

  it('does not claim an event that it could not note', async () => {
    index.finishes = false;
    await expect(forgetting.invalidate(request)).rejects.toThrow(StoreUnavailable);
    index.finishes = true;
    expect(await forgetting.invalidate(request)).toMatchObject({ duplicate: false });
  });

  it('forgets the others of an event with the first, and puts them under the tombstone too', async () => {
    await keep(bob, 'b-1');
    expect(await forgetting.invalidate({ ...request, others: [bob], critical: true })).toMatchObject({
      invalidated: 4,
    });
    const epoch = await index.currentEpoch();
    for (const customer of [ada, bob])
      expect(await index.indexEntry({ customer, entryKey: 'new', lifetimeMs: 1000, epoch })).toBe(false);
  });

  it('keeps nothing of a load that began before, for any of them', async () => {
    const epoch = await index.currentEpoch();
    await forgetting.invalidate({ ...request, others: [bob] });
    for (const customer of [ada, bob])
      expect(await index.indexEntry({ customer, entryKey: 'late', lifetimeMs: 1000, epoch })).toBe(false);
  });
});
