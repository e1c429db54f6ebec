/** This file exceeds 220 lines because all tests of the contract share their helpers. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  MAX_ENTRIES_PER_CUSTOMER,
  type CustomerIndex,
  type EntryToIndex,
  type InvalidationEvent,
} from '../../src/cache/internal/customer-index.js';
import type { CustomerRef } from '../../src/contracts/customer.js';

/** The implementation under test, with the means to advance its clock. */
export interface IndexUnderTest {
  readonly index: CustomerIndex;
  /** Advances the clock of the index. For a Redis server this is real time, so keep it short. */
  readonly pass: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

const LIFETIME_MS = 60_000;

/** The contract of every customer index. */
export function customerIndexContract(name: string, open: () => Promise<IndexUnderTest>): void {
  describe(`${name}, as a customer index`, () => {
    let subject: IndexUnderTest;
    let index: CustomerIndex;
    beforeAll(async () => {
      subject = await open();
      ({ index } = subject);
    });
    afterAll(() => subject.close());

    const customerOf = (tenant: string): CustomerRef => ({ tenant, hash: randomUUID() });
    /** Each customer has a separate tenant, so that no other test changes its epoch. */
    const newCustomer = (): CustomerRef => customerOf(randomUUID());
    const entryKey = (): string => `cust:test:${randomUUID()}`;
    const eventOf = (customer: CustomerRef, eventHash?: string): InvalidationEvent => ({ customer, eventHash });
    const begin = (customer: CustomerRef, critical = false) => index.beginInvalidation(eventOf(customer), critical);
    const listed = async (customer: CustomerRef): Promise<readonly string[]> => {
      const begun = await begin(customer);
      if (begun.duplicate) throw new Error('an event without an id was taken for a duplicate');
      return begun.entries;
    };
    const indexEntry = async (customer: CustomerRef, options: Partial<EntryToIndex> = {}): Promise<boolean> => {
      const epoch = options.epoch ?? (await index.currentEpoch(customer.tenant));
      return index.indexEntry({ customer, entryKey: entryKey(), lifetimeMs: LIFETIME_MS, ...options, epoch });
    };
    const indexMany = (customer: CustomerRef, count: number, lifetimeMs: number): Promise<boolean[]> =>
      Promise.all(Array.from({ length: count }, () => indexEntry(customer, { lifetimeMs })));

    it('lists every entry of the invalidated customer, and no entry of another customer', async () => {
      const ada = newCustomer();
      const keys = [entryKey(), entryKey(), entryKey()];
      for (const key of keys) expect(await indexEntry(ada, { entryKey: key })).toBe(true);
      expect(await indexEntry(customerOf(ada.tenant))).toBe(true);
      expect((await listed(ada)).toSorted()).toEqual(keys.toSorted());
    });

    it('lists no entry of an unknown customer', async () => {
      expect(await begin(newCustomer())).toEqual({ duplicate: false, entries: [] });
    });

    it('treats the same hash in another tenant as another customer', async () => {
      const ada = newCustomer();
      const namesake = { ...ada, tenant: randomUUID() };
      const epoch = await index.currentEpoch(ada.tenant);
      await indexEntry(namesake);
      await begin(namesake);
      expect(await indexEntry(ada, { epoch })).toBe(true);
      expect(await listed(ada)).toHaveLength(1);
    });

    it('refuses an entry whose load began before an invalidation, even of an unknown customer', async () => {
      const ada = newCustomer();
      const epoch = await index.currentEpoch(ada.tenant);
      await begin(ada);
      expect(await indexEntry(ada, { epoch })).toBe(false);
      expect(await listed(ada)).toEqual([]);
    });

    it('refuses an entry whose load began before any of several invalidations', async () => {
      const ada = newCustomer();
      const epochs = [await index.currentEpoch(ada.tenant)];
      for (let round = 0; round < 3; round += 1) {
        await begin(ada);
        for (const epoch of epochs) expect(await indexEntry(ada, { epoch })).toBe(false);
        epochs.push(await index.currentEpoch(ada.tenant));
      }
      expect(await indexEntry(ada, { epoch: epochs.at(-1) ?? '' })).toBe(true);
    });

    it('indexes an entry whose load began after the invalidation', async () => {
      const ada = newCustomer();
      await begin(ada);
      expect(await indexEntry(ada)).toBe(true);
    });

    it('refuses no entry because another customer was invalidated', async () => {
      const ada = newCustomer();
      const epoch = await index.currentEpoch(ada.tenant);
      await begin(customerOf(ada.tenant));
      expect(await indexEntry(ada, { epoch })).toBe(true);
    });

    it('lists the entries again for the next invalidation, in case the first caller failed', async () => {
      const ada = newCustomer();
      const key = entryKey();
      await indexEntry(ada, { entryKey: key });
      expect(await listed(ada)).toEqual([key]);
      expect(await listed(ada)).toEqual([key]);
    });

    it('either lists or refuses an entry that is indexed during an invalidation', async () => {
      for (let round = 0; round < 50; round += 1) {
        const ada = newCustomer();
        const [key, epoch] = [entryKey(), await index.currentEpoch(ada.tenant)];
        const concurrent = [() => indexEntry(ada, { entryKey: key, epoch }), () => listed(ada)] as const;
        const [indexed, entries] = await Promise.all([concurrent[0](), concurrent[1]()]);
        expect(entries).toEqual(indexed ? [key] : []);
      }
    });

    it('changes the epoch with every invalidation of the tenant, and at no other time', async () => {
      const ada = newCustomer();
      const seen = new Set<string>([await index.currentEpoch(ada.tenant)]);
      await indexEntry(ada);
      expect(seen).toContain(await index.currentEpoch(ada.tenant));
      for (let round = 1; round <= 20; round += 1) {
        await begin(round % 2 === 0 ? ada : customerOf(ada.tenant));
        const epoch = await index.currentEpoch(ada.tenant);
        expect(seen).not.toContain(epoch);
        expect(await index.currentEpoch(ada.tenant)).toBe(epoch);
        seen.add(epoch);
      }
    });

    it('refuses every entry of the customer under a tombstone, whenever its load began', async () => {
      const ada = newCustomer();
      await begin(ada, true);
      expect(await indexEntry(ada)).toBe(false);
      expect(await indexEntry(customerOf(ada.tenant))).toBe(true);
    });

    it('does not shorten a tombstone for an invalidation that is not critical', async () => {
      const ada = newCustomer();
      await begin(ada, true);
      await begin(ada);
      expect(await indexEntry(ada)).toBe(false);
    });

    it('reports a completed event as a duplicate, with the number of invalidated entries', async () => {
      const event = eventOf(newCustomer(), randomUUID());
      expect(await index.beginInvalidation(event, false)).toMatchObject({ duplicate: false });
      expect(await index.beginInvalidation(event, false)).toMatchObject({ duplicate: false });
      expect(await index.completeInvalidation(event, 7)).toBe(true);
      expect(await index.beginInvalidation(event, false)).toEqual({ duplicate: true, invalidated: 7 });
      expect(await index.completeInvalidation(event, 3)).toBe(false);
      expect(await index.beginInvalidation(event, false)).toEqual({ duplicate: true, invalidated: 7 });
    });

    it('refuses no entry because of a duplicate event', async () => {
      const event = eventOf(newCustomer(), randomUUID());
      await index.beginInvalidation(event, false);
      await index.completeInvalidation(event, 0);
      const epoch = await index.currentEpoch(event.customer.tenant);
      await index.beginInvalidation(event, true);
      expect(await indexEntry(event.customer, { epoch })).toBe(true);
    });

    it('returns true to exactly one of many concurrent completions of an event', async () => {
      const event = eventOf(newCustomer(), randomUUID());
      await Promise.all(Array.from({ length: 20 }, () => index.beginInvalidation(event, false)));
      const firsts = await Promise.all(Array.from({ length: 20 }, () => index.completeInvalidation(event, 1)));
      expect(firsts.filter(Boolean)).toHaveLength(1);
    });

    it('treats every event without an id as a new event', async () => {
      const event = eventOf(newCustomer());
      for (let round = 0; round < 2; round += 1) {
        expect(await index.beginInvalidation(event, false)).toMatchObject({ duplicate: false });
        expect(await index.completeInvalidation(event, 1)).toBe(true);
      }
    });

    it('treats an event with the same id in another tenant as another event', async () => {
      const eventHash = randomUUID();
      const event = eventOf(newCustomer(), eventHash);
      await index.beginInvalidation(event, false);
      await index.completeInvalidation(event, 1);
      expect(await index.beginInvalidation(eventOf(newCustomer(), eventHash), false)).toMatchObject({
        duplicate: false,
      });
    });

    it('treats an event with the same id about another customer as another event', async () => {
      const [eventHash, ada] = [randomUUID(), newCustomer()];
      await index.beginInvalidation(eventOf(ada, eventHash), false);
      await index.completeInvalidation(eventOf(ada, eventHash), 1);
      const bob: CustomerRef = { tenant: ada.tenant, hash: 'bob' };
      expect(await index.beginInvalidation(eventOf(bob, eventHash), false)).toMatchObject({ duplicate: false });
    });

    it('indexes no more entries than the limit, and known entries again at any time', async () => {
      const ada = newCustomer();
      const known = entryKey();
      await indexEntry(ada, { entryKey: known });
      const indexed = await indexMany(ada, MAX_ENTRIES_PER_CUSTOMER + 20, LIFETIME_MS);
      expect(indexed.filter(Boolean)).toHaveLength(MAX_ENTRIES_PER_CUSTOMER - 1);
      expect(await indexEntry(ada)).toBe(false);
      expect(await indexEntry(ada, { entryKey: known })).toBe(true);
      expect(await listed(ada)).toHaveLength(MAX_ENTRIES_PER_CUSTOMER);
    });

    it('indexes new entries after the lifetimes of old entries have ended', async () => {
      const ada = newCustomer();
      await indexMany(ada, MAX_ENTRIES_PER_CUSTOMER - 1, 20);
      const lasting = entryKey();
      expect(await indexEntry(ada, { entryKey: lasting })).toBe(true);
      await subject.pass(40);
      const fresh = entryKey();
      expect(await indexEntry(ada, { entryKey: fresh })).toBe(true);
      expect((await listed(ada)).toSorted()).toEqual([lasting, fresh].toSorted());
    });

    it('counts an entry until its latest lifetime ends', async () => {
      const ada = newCustomer();
      const renewed = entryKey();
      await indexEntry(ada, { entryKey: renewed, lifetimeMs: 20 });
      await indexEntry(ada, { entryKey: renewed });
      await indexMany(ada, MAX_ENTRIES_PER_CUSTOMER - 1, 20);
      await subject.pass(40);
      expect(await indexEntry(ada)).toBe(true);
      expect(await listed(ada)).toContain(renewed);
    });
  });
}
