import { beforeEach, describe, expect, it } from '@jest/globals';
import { EVENT_REMEMBERED_MS, TOMBSTONE_MS, type EventMark } from '../../src/cache/internal/customer-index.js';
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
  const mark = (hash: string, eventHash?: string): EventMark => ({ customer: customer(hash), eventHash });
  const enlist = async (hash: string, entryKey: string, stamp?: string): Promise<boolean> =>
    index.enlist({ customer: customer(hash), entryKey, lifeMs: 60_000, stamp: stamp ?? (await index.stamp()) });

  it('keeps nothing under a tombstone, up to its last moment', async () => {
    await index.begin(mark('ada'), true);
    clock.advance(TOMBSTONE_MS - 1);
    expect(await enlist('ada', 'a')).toBe(false);
    clock.advance(1);
    expect(await enlist('ada', 'a')).toBe(true);
  });

  it('begins the tombstone anew with every critical event', async () => {
    await index.begin(mark('ada'), true);
    clock.advance(TOMBSTONE_MS - 1);
    await index.begin(mark('ada'), true);
    clock.advance(TOMBSTONE_MS - 1);
    expect(await enlist('ada', 'a')).toBe(false);
  });

  it('remembers an event for a day', async () => {
    await index.finish(mark('ada', 'e'), 1);
    clock.advance(EVENT_REMEMBERED_MS - 1);
    expect(await index.begin(mark('ada', 'e'), false)).toMatchObject({ duplicate: true });
    clock.advance(1);
    expect(await index.begin(mark('ada', 'e'), false)).toMatchObject({ duplicate: false });
    expect(await index.finish(mark('ada', 'e'), 1)).toBe(true);
  });

  it('drops the entries of a customer whose record has to go, because no event could find them', async () => {
    await enlist('ada', 'a-1');
    await enlist('ada', 'a-2');
    for (const other of ['b', 'c', 'd']) await enlist(other, other);
    expect(dropped).toEqual(['a-1', 'a-2']);
    expect(await index.begin(mark('ada'), false)).toMatchObject({ entries: [] });
  });

  it('lets the customer go first who was used least recently', async () => {
    for (const hash of ['ada', 'b', 'c']) await enlist(hash, hash);
    await enlist('ada', 'ada');
    await enlist('d', 'd');
    expect(dropped).toEqual(['b']);
  });

  it('refuses every load from before the last invalidation of a customer it had to forget', async () => {
    const before = await index.stamp();
    await index.begin(mark('ada'), false);
    for (const other of ['b', 'c', 'd']) await enlist(other, other);
    expect(await enlist('ada', 'a', before)).toBe(false);
    expect(await enlist('e', 'e', before)).toBe(false);
    expect(await enlist('ada', 'a')).toBe(true);
  });

  it('drops nothing of a customer whose record stays', async () => {
    await enlist('ada', 'a');
    await index.begin(mark('ada'), true);
    await index.begin(mark('ada', 'e'), false);
    expect(dropped).toEqual([]);
  });
});
