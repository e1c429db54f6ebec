import { beforeEach, describe, expect, it } from '@jest/globals';
import { EVENT_RETENTION_MS, TOMBSTONE_MS, type InvalidationEvent } from '../../src/cache/internal/customer-index.js';
import { MemoryCustomerIndex } from '../../src/cache/internal/memory-customer-index.js';
import type { CustomerRef } from '../../src/contracts/customer.js';
import { ManualClock } from '../support/manual-clock.js';
import { customerIndexContract } from './customer-index.contract.js';

customerIndexContract('the in-process index', () => {
  const clock = new ManualClock();
  const pass = (ms: number): Promise<void> => {
    clock.advance(ms);
    return Promise.resolve();
  };
  const index = new MemoryCustomerIndex(clock, 10_000, () => undefined);
  return Promise.resolve({ index, pass, close: () => Promise.resolve() });
});

describe('the in-process index', () => {
  const MAX_CUSTOMERS = 3;
  let clock: ManualClock;
  let dropped: string[];
  let index: MemoryCustomerIndex;
  beforeEach(() => {
    clock = new ManualClock(1000);
    dropped = [];
    index = new MemoryCustomerIndex(clock, MAX_CUSTOMERS, (key) => dropped.push(key));
  });

  const customer = (hash: string): CustomerRef => ({ tenant: '10001', hash });
  const mark = (hash: string, eventHash?: string): InvalidationEvent => ({ customer: customer(hash), eventHash });
  const indexEntry = async (hash: string, entryKey: string, epoch?: string): Promise<boolean> =>
    index.indexEntry({
      customer: customer(hash),
      entryKey,
      lifetimeMs: 60_000,
      epoch: epoch ?? (await index.currentEpoch()),
    });

  it('keeps nothing under a tombstone, up to its last moment', async () => {
    await index.beginInvalidation(mark('ada'), true);
    clock.advance(TOMBSTONE_MS - 1);
    expect(await indexEntry('ada', 'a')).toBe(false);
    clock.advance(1);
    expect(await indexEntry('ada', 'a')).toBe(true);
  });

  it('begins the tombstone anew with every critical event', async () => {
    await index.beginInvalidation(mark('ada'), true);
    clock.advance(TOMBSTONE_MS - 1);
    await index.beginInvalidation(mark('ada'), true);
    clock.advance(TOMBSTONE_MS - 1);
    expect(await indexEntry('ada', 'a')).toBe(false);
  });

  it('remembers an event for a day', async () => {
    await index.completeInvalidation(mark('ada', 'e'), 1);
    clock.advance(EVENT_RETENTION_MS - 1);
    expect(await index.beginInvalidation(mark('ada', 'e'), false)).toMatchObject({ duplicate: true });
    clock.advance(1);
    expect(await index.beginInvalidation(mark('ada', 'e'), false)).toMatchObject({ duplicate: false });
    expect(await index.completeInvalidation(mark('ada', 'e'), 1)).toBe(true);
  });

  it('drops the entries of a customer whose record has to go, because no event could find them', async () => {
    await indexEntry('ada', 'a-1');
    await indexEntry('ada', 'a-2');
    for (const other of ['b', 'c', 'd']) await indexEntry(other, other);
    expect(dropped).toEqual(['a-1', 'a-2']);
    expect(await index.beginInvalidation(mark('ada'), false)).toMatchObject({ entries: [] });
  });

  it('lets the customer go first who was used least recently', async () => {
    for (const hash of ['ada', 'b', 'c']) await indexEntry(hash, hash);
    await indexEntry('ada', 'ada');
    await indexEntry('d', 'd');
    expect(dropped).toEqual(['b']);
  });

  it('refuses every load from before the last invalidation of a customer it had to forget', async () => {
    const before = await index.currentEpoch();
    await index.beginInvalidation(mark('ada'), false);
    for (const other of ['b', 'c', 'd']) await indexEntry(other, other);
    expect(await indexEntry('ada', 'a', before)).toBe(false);
    expect(await indexEntry('e', 'e', before)).toBe(false);
    expect(await indexEntry('ada', 'a')).toBe(true);
  });

  it('drops nothing of a customer whose record stays', async () => {
    await indexEntry('ada', 'a');
    await index.beginInvalidation(mark('ada'), true);
    await index.beginInvalidation(mark('ada', 'e'), false);
    expect(dropped).toEqual([]);
  });
});
