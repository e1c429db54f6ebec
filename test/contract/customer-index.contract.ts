import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  MAX_ENTRIES_PER_CUSTOMER,
  type CustomerIndex,
  type EntryToIndex,
  type InvalidationEvent,
} from '../../src/cache/internal/customer-index.js';
import type { CustomerRef } from '../../src/contracts/customer.js';

/** What a suite needs of the implementation it tries. */
export interface IndexUnderTest {
  readonly index: CustomerIndex;
  /** Lets time go by on the index's own clock; for a server that is the real one, so keep it short. */
  readonly pass: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

const LIFE_MS = 60_000;

/** The law of every customer index. */
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
    /** A tenant of its own each, so that nobody else moves its epoch. */
    const somebody = (): CustomerRef => customerOf(randomUUID());
    const entryKey = (): string => `cust:test:${randomUUID()}`;
    const mark = (customer: CustomerRef, eventHash?: string): InvalidationEvent => ({ customer, eventHash });
    const forget = (customer: CustomerRef, critical = false) => index.beginInvalidation(mark(customer), critical);
    const listed = async (customer: CustomerRef): Promise<readonly string[]> => {
      const begun = await forget(customer);
      if (begun.duplicate) throw new Error('an event without an id was taken for a duplicate');
      return begun.entries;
    };
    const indexEntry = async (customer: CustomerRef, terms: Partial<EntryToIndex> = {}): Promise<boolean> => {
      const epoch = terms.epoch ?? (await index.currentEpoch(customer.tenant));
      return index.indexEntry({ customer, entryKey: entryKey(), lifetimeMs: LIFE_MS, ...terms, epoch });
    };
    const indexMany = (customer: CustomerRef, count: number, lifetimeMs: number): Promise<boolean[]> =>
      Promise.all(Array.from({ length: count }, () => indexEntry(customer, { lifetimeMs })));

    it('tells an invalidation of every entry of the customer, and of nobody else', async () => {
      const ada = somebody();
      const keys = [entryKey(), entryKey(), entryKey()];
      for (const key of keys) expect(await indexEntry(ada, { entryKey: key })).toBe(true);
      expect(await indexEntry(customerOf(ada.tenant))).toBe(true);
      expect((await listed(ada)).toSorted()).toEqual(keys.toSorted());
    });

    it('finds nothing of a customer it has never seen', async () => {
      expect(await forget(somebody())).toEqual({ duplicate: false, entries: [] });
    });

    it('takes the same hash in another tenant for another customer', async () => {
      const ada = somebody();
      const namesake = { ...ada, tenant: randomUUID() };
      const epoch = await index.currentEpoch(ada.tenant);
      await indexEntry(namesake);
      await forget(namesake);
      expect(await indexEntry(ada, { epoch })).toBe(true);
      expect(await listed(ada)).toHaveLength(1);
    });

    it('refuses an entry whose load began before an invalidation, of a customer it has never seen too', async () => {
      const ada = somebody();
      const epoch = await index.currentEpoch(ada.tenant);
      await forget(ada);
      expect(await indexEntry(ada, { epoch })).toBe(false);
      expect(await listed(ada)).toEqual([]);
    });

    it('refuses it after any number of later invalidations, and however many began meanwhile', async () => {
      const ada = somebody();
      const epochs = [await index.currentEpoch(ada.tenant)];
      for (let times = 0; times < 3; times += 1) {
        await forget(ada);
        for (const epoch of epochs) expect(await indexEntry(ada, { epoch })).toBe(false);
        epochs.push(await index.currentEpoch(ada.tenant));
      }
      expect(await indexEntry(ada, { epoch: epochs.at(-1) ?? '' })).toBe(true);
    });

    it('indexes an entry whose load began after the invalidation', async () => {
      const ada = somebody();
      await forget(ada);
      expect(await indexEntry(ada)).toBe(true);
    });

    it('refuses nothing for the invalidation of another customer', async () => {
      const ada = somebody();
      const epoch = await index.currentEpoch(ada.tenant);
      await forget(customerOf(ada.tenant));
      expect(await indexEntry(ada, { epoch })).toBe(true);
    });

    it('keeps the entries listed after an invalidation, in case its sender dies', async () => {
      const ada = somebody();
      const key = entryKey();
      await indexEntry(ada, { entryKey: key });
      expect(await listed(ada)).toEqual([key]);
      expect(await listed(ada)).toEqual([key]);
    });

    it('either indexes an entry and tells of it, or refuses it, when an invalidation comes at the same moment', async () => {
      for (let round = 0; round < 50; round += 1) {
        const ada = somebody();
        const [key, epoch] = [entryKey(), await index.currentEpoch(ada.tenant)];
        const meet = [() => indexEntry(ada, { entryKey: key, epoch }), () => listed(ada)] as const;
        const [indexed, entries] = await Promise.all([meet[0](), meet[1]()]);
        expect(entries).toEqual(indexed ? [key] : []);
      }
    });

    it('moves the epoch with every invalidation of the tenant, and with nothing else', async () => {
      const ada = somebody();
      const seen = new Set<string>([await index.currentEpoch(ada.tenant)]);
      await indexEntry(ada);
      expect(seen).toContain(await index.currentEpoch(ada.tenant));
      for (let times = 1; times <= 20; times += 1) {
        await forget(times % 2 === 0 ? ada : customerOf(ada.tenant));
        const epoch = await index.currentEpoch(ada.tenant);
        expect(seen).not.toContain(epoch);
        expect(await index.currentEpoch(ada.tenant)).toBe(epoch);
        seen.add(epoch);
      }
    });

    it('keeps nothing for a while after a critical invalidation, whenever the load began', async () => {
      const ada = somebody();
      await forget(ada, true);
      expect(await indexEntry(ada)).toBe(false);
      expect(await indexEntry(customerOf(ada.tenant))).toBe(true);
    });

    it('does not cut a tombstone short for an invalidation that is not critical', async () => {
      const ada = somebody();
      await forget(ada, true);
      await forget(ada);
      expect(await indexEntry(ada)).toBe(false);
    });

    it('knows an event for a duplicate once it was carried out, and how many entries it dropped', async () => {
      const event = mark(somebody(), randomUUID());
      expect(await index.beginInvalidation(event, false)).toMatchObject({ duplicate: false });
      expect(await index.beginInvalidation(event, false)).toMatchObject({ duplicate: false });
      expect(await index.completeInvalidation(event, 7)).toBe(true);
      expect(await index.beginInvalidation(event, false)).toEqual({ duplicate: true, invalidated: 7 });
      expect(await index.completeInvalidation(event, 3)).toBe(false);
      expect(await index.beginInvalidation(event, false)).toEqual({ duplicate: true, invalidated: 7 });
    });

    it('voids nothing for a duplicate', async () => {
      const event = mark(somebody(), randomUUID());
      await index.beginInvalidation(event, false);
      await index.completeInvalidation(event, 0);
      const epoch = await index.currentEpoch(event.customer.tenant);
      await index.beginInvalidation(event, true);
      expect(await indexEntry(event.customer, { epoch })).toBe(true);
    });

    it('lets one of many who carry out the same event at once be the first', async () => {
      const event = mark(somebody(), randomUUID());
      await Promise.all(Array.from({ length: 20 }, () => index.beginInvalidation(event, false)));
      const firsts = await Promise.all(Array.from({ length: 20 }, () => index.completeInvalidation(event, 1)));
      expect(firsts.filter(Boolean)).toHaveLength(1);
    });

    it('takes an event without an id for a new one, always', async () => {
      const event = mark(somebody());
      for (let times = 0; times < 2; times += 1) {
        expect(await index.beginInvalidation(event, false)).toMatchObject({ duplicate: false });
        expect(await index.completeInvalidation(event, 1)).toBe(true);
      }
    });

    it("takes another tenant's event of the same id for another event", async () => {
      const eventHash = randomUUID();
      const ours = mark(somebody(), eventHash);
      await index.beginInvalidation(ours, false);
      await index.completeInvalidation(ours, 1);
      expect(await index.beginInvalidation(mark(somebody(), eventHash), false)).toMatchObject({ duplicate: false });
    });

    it('takes an event of the same id about another customer for another event', async () => {
      const [eventHash, ada] = [randomUUID(), somebody()];
      await index.beginInvalidation(mark(ada, eventHash), false);
      await index.completeInvalidation(mark(ada, eventHash), 1);
      const bob: CustomerRef = { tenant: ada.tenant, hash: 'bob' };
      expect(await index.beginInvalidation(mark(bob, eventHash), false)).toMatchObject({ duplicate: false });
    });

    it('indexes no more entries than the bound, and those it knows again and again', async () => {
      const ada = somebody();
      const known = entryKey();
      await indexEntry(ada, { entryKey: known });
      const indexed = await indexMany(ada, MAX_ENTRIES_PER_CUSTOMER + 20, LIFE_MS);
      expect(indexed.filter(Boolean)).toHaveLength(MAX_ENTRIES_PER_CUSTOMER - 1);
      expect(await indexEntry(ada)).toBe(false);
      expect(await indexEntry(ada, { entryKey: known })).toBe(true);
      expect(await listed(ada)).toHaveLength(MAX_ENTRIES_PER_CUSTOMER);
    });

    it('makes room for new entries where old ones have reached the end of their life', async () => {
      const ada = somebody();
      await indexMany(ada, MAX_ENTRIES_PER_CUSTOMER - 1, 20);
      const lasting = entryKey();
      expect(await indexEntry(ada, { entryKey: lasting })).toBe(true);
      await subject.pass(40);
      const fresh = entryKey();
      expect(await indexEntry(ada, { entryKey: fresh })).toBe(true);
      expect((await listed(ada)).toSorted()).toEqual([lasting, fresh].toSorted());
    });

    it('counts an entry by its latest life', async () => {
      const ada = somebody();
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
