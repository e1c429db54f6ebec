import { beforeEach, describe, expect, it } from '@jest/globals';
import { EVENT_RETENTION_MS, TOMBSTONE_MS, type InvalidationEvent } from '../../src/cache/internal/customer-index.js';
import { MemoryCustomerIndex } from '../../src/cache/internal/memory-customer-index.js';
import type { CustomerRef } from '../../src/contracts/customer.js';
import { ManualClock } from '../support/manual-clock.js';
import { customerIndexContract } from './customer-index.contract.js';

customerIndexContract('MemoryCustomerIndex', () => {
  const clock = new ManualClock();
  const pass = (ms: number): Promise<void> => {
    clock.advance(ms);
    return Promise.resolve();
  };
  const index = new MemoryCustomerIndex(clock, 10_000, () => undefined);
  return Promise.resolve({ index, pass, close: () => Promise.resolve() });
});

describe('MemoryCustomerIndex', () => {
  const MAX_CUSTOMERS = 3;
  let clock: ManualClock;
  let deleted: string[];
  let index: MemoryCustomerIndex;
  beforeEach(() => {
    clock = new ManualClock(1000);
    deleted = [];
    index = new MemoryCustomerIndex(clock, MAX_CUSTOMERS, (key) => deleted.push(key));
  });

  const customer = (hash: string): CustomerRef => ({ tenant: '10001', hash });
  const eventOf = (hash: string, eventHash?: string): InvalidationEvent => ({
    customer: customer(hash),
    eventHash,
    critical: false,
  });
  const indexEntry = async (hash: string, entryKey: string, epoch?: string): Promise<boolean> => {
    const current = epoch ?? (await index.currentEpoch());
    const entry = { customer: customer(hash), entryKey, lifetimeMs: 60_000, epoch: current };
    return (await index.indexEntry(entry)).kind === 'indexed';
  };
  const invalidate = async (hash: string, critical = false): Promise<readonly string[]> => {
    const start = await index.beginInvalidation(eventOf(hash));
    if (start.duplicate) throw new Error('an event without an id was taken for a duplicate');
    return index.voidEntries(customer(hash), { epoch: start.epoch, critical });
  };

  it('refuses every entry under a tombstone, including its last millisecond', async () => {
    await invalidate('ada', true);
    clock.advance(TOMBSTONE_MS - 1);
    expect(await indexEntry('ada', 'a')).toBe(false);
    clock.advance(1);
    expect(await indexEntry('ada', 'a')).toBe(true);
  });

  it('restarts the tombstone with every critical event', async () => {
    await invalidate('ada', true);
    clock.advance(TOMBSTONE_MS - 1);
    await invalidate('ada', true);
    clock.advance(TOMBSTONE_MS - 1);
    expect(await indexEntry('ada', 'a')).toBe(false);
  });

  it('detects a duplicate event for a day', async () => {
    await index.completeInvalidation(eventOf('ada', 'e'), 1);
    clock.advance(EVENT_RETENTION_MS - 1);
    expect(await index.beginInvalidation(eventOf('ada', 'e'))).toMatchObject({ duplicate: true });
    clock.advance(1);
    expect(await index.beginInvalidation(eventOf('ada', 'e'))).toMatchObject({ duplicate: false });
    expect(await index.completeInvalidation(eventOf('ada', 'e'), 1)).toBe(true);
  });

  it('deletes the entries of a customer whose record is evicted, because no event could find them', async () => {
    await indexEntry('ada', 'a-1');
    await indexEntry('ada', 'a-2');
    for (const other of ['b', 'c', 'd']) await indexEntry(other, other);
    expect(deleted).toEqual(['a-1', 'a-2']);
    expect(await invalidate('ada')).toEqual([]);
  });

  it('evicts the least recently used customer first', async () => {
    for (const hash of ['ada', 'b', 'c']) await indexEntry(hash, hash);
    await indexEntry('ada', 'ada');
    await indexEntry('d', 'd');
    expect(deleted).toEqual(['b']);
  });

  it('refuses every load that began before the last invalidation of an evicted customer', async () => {
    const before = await index.currentEpoch();
    await invalidate('ada');
    for (const other of ['b', 'c', 'd']) await indexEntry(other, other);
    expect(await indexEntry('ada', 'a', before)).toBe(false);
    expect(await indexEntry('e', 'e', before)).toBe(false);
    expect(await indexEntry('ada', 'a')).toBe(true);
  });

  it('deletes no entry of a customer whose record is not evicted', async () => {
    await indexEntry('ada', 'a');
    await invalidate('ada', true);
    await index.beginInvalidation(eventOf('ada', 'e'));
    expect(deleted).toEqual([]);
  });
});
