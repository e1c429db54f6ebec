/** This file exceeds 220 lines because all tests of the contract share their helpers. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  MAX_ENTRIES_PER_CUSTOMER,
  type CustomerIndex,
  type EntryToIndex,
  type IndexedEntry,
  type IndexingResult,
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
const WITHIN_MS = 1000;

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
    const eventOf = (customer: CustomerRef, eventHash?: string): InvalidationEvent => ({
      customer,
      eventHash,
      critical: false,
    });
    const begin = (event: InvalidationEvent) => index.beginInvalidation(event, WITHIN_MS);
    const complete = (event: InvalidationEvent, invalidated: number) =>
      index.completeInvalidation(event, invalidated, WITHIN_MS);
    const raise = async (customer: CustomerRef): Promise<string> => {
      const begun = await begin(eventOf(customer));
      if (begun.duplicate) throw new Error('an event without an id was taken for a duplicate');
      return begun.epoch;
    };
    /** Invalidates the customer. @returns the entries to delete */
    const invalidate = async (customer: CustomerRef, critical = false): Promise<readonly string[]> =>
      index.voidEntries(customer, { epoch: await raise(customer), critical }, WITHIN_MS);
    const tryToIndex = async (
      customer: CustomerRef,
      options: Partial<EntryToIndex> = {},
      displaced?: IndexedEntry,
    ): Promise<IndexingResult> => {
      const epoch = options.epoch ?? (await index.currentEpoch(customer.tenant));
      return index.indexEntry(
        { customer, entryKey: entryKey(), lifetimeMs: LIFETIME_MS, ...options, epoch },
        displaced,
      );
    };
    const indexEntry = async (customer: CustomerRef, options: Partial<EntryToIndex> = {}): Promise<boolean> =>
      (await tryToIndex(customer, options)).kind === 'indexed';
    const fill = async (customer: CustomerRef): Promise<IndexedEntry> => {
      await indexMany(customer, MAX_ENTRIES_PER_CUSTOMER, LIFETIME_MS);
      const result = await tryToIndex(customer);
      if (result.kind !== 'full') throw new Error(`expected a full index, got ${result.kind}`);
      return result.first;
    };
    const indexMany = (customer: CustomerRef, count: number, lifetimeMs: number): Promise<boolean[]> =>
      Promise.all(Array.from({ length: count }, () => indexEntry(customer, { lifetimeMs })));

    it('lists every entry of the invalidated customer, and no entry of another customer', async () => {
      const ada = newCustomer();
      const keys = [entryKey(), entryKey(), entryKey()];
      for (const key of keys) expect(await indexEntry(ada, { entryKey: key })).toBe(true);
      expect(await indexEntry(customerOf(ada.tenant))).toBe(true);
      expect((await invalidate(ada)).toSorted()).toEqual(keys.toSorted());
    });

    it('lists no entry of an unknown customer', async () => {
      expect(await invalidate(newCustomer())).toEqual([]);
    });

    it('treats the same hash in another tenant as another customer', async () => {
      const ada = newCustomer();
      const namesake = { ...ada, tenant: randomUUID() };
      const epoch = await index.currentEpoch(ada.tenant);
      await indexEntry(namesake);
      await invalidate(namesake);
      expect(await indexEntry(ada, { epoch })).toBe(true);
      expect(await invalidate(ada)).toHaveLength(1);
    });

    it('refuses an entry whose load began before an invalidation, even of an unknown customer', async () => {
      const ada = newCustomer();
      const epoch = await index.currentEpoch(ada.tenant);
      await invalidate(ada);
      expect(await indexEntry(ada, { epoch })).toBe(false);
      expect(await invalidate(ada)).toEqual([]);
    });

    it('refuses an entry whose load began before any of several invalidations', async () => {
      const ada = newCustomer();
      const epochs = [await index.currentEpoch(ada.tenant)];
      for (let round = 0; round < 3; round += 1) {
        await invalidate(ada);
        for (const epoch of epochs) expect(await indexEntry(ada, { epoch })).toBe(false);
        epochs.push(await index.currentEpoch(ada.tenant));
      }
      expect(await indexEntry(ada, { epoch: epochs.at(-1) ?? '' })).toBe(true);
    });

    it('indexes an entry whose load began after the invalidation', async () => {
      const ada = newCustomer();
      await invalidate(ada);
      expect(await indexEntry(ada)).toBe(true);
    });

    it('refuses no entry because another customer was invalidated', async () => {
      const ada = newCustomer();
      const epoch = await index.currentEpoch(ada.tenant);
      await invalidate(customerOf(ada.tenant));
      expect(await indexEntry(ada, { epoch })).toBe(true);
    });

    it('lists the entries again for the next invalidation, in case the first caller failed', async () => {
      const ada = newCustomer();
      const key = entryKey();
      await indexEntry(ada, { entryKey: key });
      expect(await invalidate(ada)).toEqual([key]);
      expect(await invalidate(ada)).toEqual([key]);
    });

    it('either lists or refuses an entry that is indexed during an invalidation', async () => {
      for (let round = 0; round < 50; round += 1) {
        const ada = newCustomer();
        const [key, epoch] = [entryKey(), await index.currentEpoch(ada.tenant)];
        const concurrent = [() => indexEntry(ada, { entryKey: key, epoch }), () => invalidate(ada)] as const;
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
        await invalidate(round % 2 === 0 ? ada : customerOf(ada.tenant));
        const epoch = await index.currentEpoch(ada.tenant);
        expect(seen).not.toContain(epoch);
        expect(await index.currentEpoch(ada.tenant)).toBe(epoch);
        seen.add(epoch);
      }
    });

    it('refuses every entry of the customer under a tombstone, whenever its load began', async () => {
      const ada = newCustomer();
      await invalidate(ada, true);
      expect(await indexEntry(ada)).toBe(false);
      expect(await indexEntry(customerOf(ada.tenant))).toBe(true);
    });

    it('does not shorten a tombstone for an invalidation that is not critical', async () => {
      const ada = newCustomer();
      await invalidate(ada, true);
      await invalidate(ada);
      expect(await indexEntry(ada)).toBe(false);
    });

    it('reports a completed event as a duplicate, with the number of invalidated entries', async () => {
      const event = eventOf(newCustomer(), randomUUID());
      expect(await begin(event)).toMatchObject({ duplicate: false });
      expect(await begin(event)).toMatchObject({ duplicate: false });
      expect(await complete(event, 7)).toBe(true);
      expect(await begin(event)).toEqual({ duplicate: true, invalidated: 7 });
      expect(await complete(event, 3)).toBe(false);
      expect(await begin(event)).toEqual({ duplicate: true, invalidated: 7 });
    });

    it('takes a critical event for no duplicate of an event that was not critical', async () => {
      const event = eventOf(newCustomer(), randomUUID());
      const critical = { ...event, critical: true };
      expect(await complete(event, 1)).toBe(true);
      expect(await begin(critical)).toMatchObject({ duplicate: false });
      expect(await complete(critical, 2)).toBe(true);
      for (const repeated of [critical, event]) {
        expect(await begin(repeated)).toEqual({ duplicate: true, invalidated: 2 });
        expect(await complete(repeated, 3)).toBe(false);
      }
    });

    it('refuses no entry because of a duplicate event', async () => {
      const event = eventOf(newCustomer(), randomUUID());
      await begin(event);
      await complete(event, 0);
      const epoch = await index.currentEpoch(event.customer.tenant);
      await begin(event);
      expect(await indexEntry(event.customer, { epoch })).toBe(true);
    });

    it('refuses no entry whose load began after the epoch was raised', async () => {
      const ada = newCustomer();
      const [before, raised] = [await index.currentEpoch(ada.tenant), await raise(ada)];
      const after = await index.currentEpoch(ada.tenant);
      await index.voidEntries(ada, { epoch: raised, critical: false }, WITHIN_MS);
      expect(await indexEntry(ada, { epoch: before })).toBe(false);
      expect(await indexEntry(ada, { epoch: after })).toBe(true);
    });

    it('keeps the later epoch if a second event overtakes the first', async () => {
      const ada = newCustomer();
      const [first, between, second] = [await raise(ada), await index.currentEpoch(ada.tenant), await raise(ada)];
      for (const epoch of [second, first]) await index.voidEntries(ada, { epoch, critical: false }, WITHIN_MS);
      expect(await indexEntry(ada, { epoch: between })).toBe(false);
    });

    it('returns true to exactly one of many concurrent completions of an event', async () => {
      const event = eventOf(newCustomer(), randomUUID());
      await Promise.all(Array.from({ length: 20 }, () => begin(event)));
      const firsts = await Promise.all(Array.from({ length: 20 }, () => complete(event, 1)));
      expect(firsts.filter(Boolean)).toHaveLength(1);
    });

    it('treats every event without an id as a new event', async () => {
      const event = eventOf(newCustomer());
      for (let round = 0; round < 2; round += 1) {
        expect(await begin(event)).toMatchObject({ duplicate: false });
        expect(await complete(event, 1)).toBe(true);
      }
    });

    it('treats an event with the same id in another tenant as another event', async () => {
      const eventHash = randomUUID();
      const event = eventOf(newCustomer(), eventHash);
      await begin(event);
      await complete(event, 1);
      expect(await begin(eventOf(newCustomer(), eventHash))).toMatchObject({
        duplicate: false,
      });
    });

    it('treats an event with the same id about another customer as another event', async () => {
      const [eventHash, ada] = [randomUUID(), newCustomer()];
      await begin(eventOf(ada, eventHash));
      await complete(eventOf(ada, eventHash), 1);
      const bob: CustomerRef = { tenant: ada.tenant, hash: 'bob' };
      expect(await begin(eventOf(bob, eventHash))).toMatchObject({ duplicate: false });
    });

    it('indexes no more entries than the limit, and known entries again at any time', async () => {
      const ada = newCustomer();
      const known = entryKey();
      await indexEntry(ada, { entryKey: known });
      const indexed = await indexMany(ada, MAX_ENTRIES_PER_CUSTOMER + 20, LIFETIME_MS);
      expect(indexed.filter(Boolean)).toHaveLength(MAX_ENTRIES_PER_CUSTOMER - 1);
      expect(await tryToIndex(ada)).toMatchObject({ kind: 'full' });
      expect(await indexEntry(ada, { entryKey: known })).toBe(true);
      expect(await invalidate(ada)).toHaveLength(MAX_ENTRIES_PER_CUSTOMER);
    });

    it('names the entry that expires first if the index is full', async () => {
      const [ada, first] = [newCustomer(), entryKey()];
      await indexMany(ada, MAX_ENTRIES_PER_CUSTOMER - 1, LIFETIME_MS);
      await indexEntry(ada, { entryKey: first, lifetimeMs: LIFETIME_MS / 2 });
      expect(await tryToIndex(ada)).toMatchObject({ kind: 'full', first: { key: first } });
    });

    it('replaces an entry that was not indexed again', async () => {
      const [ada, further] = [newCustomer(), entryKey()];
      const first = await fill(ada);
      expect(await tryToIndex(ada, { entryKey: further }, first)).toEqual({ kind: 'indexed' });
      const entries = await invalidate(ada);
      expect(entries).toHaveLength(MAX_ENTRIES_PER_CUSTOMER);
      expect(entries).toContain(further);
      expect(entries).not.toContain(first.key);
    });

    it.each([LIFETIME_MS, 1])('keeps an entry that was indexed again, for %i ms', async (lifetimeMs) => {
      const ada = newCustomer();
      const first = await fill(ada);
      await indexEntry(ada, { entryKey: first.key, lifetimeMs });
      expect(await tryToIndex(ada, {}, first)).toMatchObject({ kind: 'full' });
      expect(await invalidate(ada)).toContain(first.key);
    });

    it('indexes new entries after the lifetimes of old entries have ended', async () => {
      const ada = newCustomer();
      await indexMany(ada, MAX_ENTRIES_PER_CUSTOMER - 1, 20);
      const lasting = entryKey();
      expect(await indexEntry(ada, { entryKey: lasting })).toBe(true);
      await subject.pass(40);
      const fresh = entryKey();
      expect(await indexEntry(ada, { entryKey: fresh })).toBe(true);
      expect((await invalidate(ada)).toSorted()).toEqual([lasting, fresh].toSorted());
    });

    it('counts an entry until its latest lifetime ends', async () => {
      const ada = newCustomer();
      const renewed = entryKey();
      await indexEntry(ada, { entryKey: renewed, lifetimeMs: 20 });
      await indexEntry(ada, { entryKey: renewed });
      await indexMany(ada, MAX_ENTRIES_PER_CUSTOMER - 1, 20);
      await subject.pass(40);
      expect(await indexEntry(ada)).toBe(true);
      expect(await invalidate(ada)).toContain(renewed);
    });
  });
}
