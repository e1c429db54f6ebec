import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  MAX_ENTRIES,
  type CustomerIndex,
  type Enlistment,
  type EventMark,
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
    /** A tenant of its own each, so that nobody else moves its stamp. */
    const somebody = (): CustomerRef => customerOf(randomUUID());
    const entryKey = (): string => `cust:test:${randomUUID()}`;
    const mark = (customer: CustomerRef, eventHash?: string): EventMark => ({ customer, eventHash });
    const forget = (customer: CustomerRef, critical = false) => index.begin(mark(customer), critical);
    const listed = async (customer: CustomerRef): Promise<readonly string[]> => {
      const begun = await forget(customer);
      if (begun.duplicate) throw new Error('an event without an id was taken for a duplicate');
      return begun.entries;
    };
    const enlist = async (customer: CustomerRef, terms: Partial<Enlistment> = {}): Promise<boolean> => {
      const stamp = terms.stamp ?? (await index.stamp(customer.tenant));
      return index.enlist({ customer, entryKey: entryKey(), lifeMs: LIFE_MS, ...terms, stamp });
    };
    const enlistMany = (customer: CustomerRef, count: number, lifeMs: number): Promise<boolean[]> =>
      Promise.all(Array.from({ length: count }, () => enlist(customer, { lifeMs })));

    it('tells an invalidation of every entry of the customer, and of nobody else', async () => {
      const ada = somebody();
      const keys = [entryKey(), entryKey(), entryKey()];
      for (const key of keys) expect(await enlist(ada, { entryKey: key })).toBe(true);
      expect(await enlist(customerOf(ada.tenant))).toBe(true);
      expect((await listed(ada)).toSorted()).toEqual(keys.toSorted());
    });

    it('finds nothing of a customer it has never seen', async () => {
      expect(await forget(somebody())).toEqual({ duplicate: false, entries: [] });
    });

    it('takes the same hash in another tenant for another customer', async () => {
      const ada = somebody();
      const namesake = { ...ada, tenant: randomUUID() };
      const stamp = await index.stamp(ada.tenant);
      await enlist(namesake);
      await forget(namesake);
      expect(await enlist(ada, { stamp })).toBe(true);
      expect(await listed(ada)).toHaveLength(1);
    });

    it('refuses an entry whose load began before an invalidation, of a customer it has never seen too', async () => {
      const ada = somebody();
      const stamp = await index.stamp(ada.tenant);
      await forget(ada);
      expect(await enlist(ada, { stamp })).toBe(false);
      expect(await listed(ada)).toEqual([]);
    });

    it('refuses it after any number of later invalidations, and however many began meanwhile', async () => {
      const ada = somebody();
      const stamps = [await index.stamp(ada.tenant)];
      for (let times = 0; times < 3; times += 1) {
        await forget(ada);
        for (const stamp of stamps) expect(await enlist(ada, { stamp })).toBe(false);
        stamps.push(await index.stamp(ada.tenant));
      }
      expect(await enlist(ada, { stamp: stamps.at(-1) ?? '' })).toBe(true);
    });

    it('enlists an entry whose load began after the invalidation', async () => {
      const ada = somebody();
      await forget(ada);
      expect(await enlist(ada)).toBe(true);
    });

    it('refuses nothing for the invalidation of another customer', async () => {
      const ada = somebody();
      const stamp = await index.stamp(ada.tenant);
      await forget(customerOf(ada.tenant));
      expect(await enlist(ada, { stamp })).toBe(true);
    });

    it('keeps the entries listed after an invalidation, in case its sender dies', async () => {
      const ada = somebody();
      const key = entryKey();
      await enlist(ada, { entryKey: key });
      expect(await listed(ada)).toEqual([key]);
      expect(await listed(ada)).toEqual([key]);
    });

    it('either enlists an entry and tells of it, or refuses it, when an invalidation comes at the same moment', async () => {
      for (let round = 0; round < 50; round += 1) {
        const ada = somebody();
        const [key, stamp] = [entryKey(), await index.stamp(ada.tenant)];
        const meet = [() => enlist(ada, { entryKey: key, stamp }), () => listed(ada)] as const;
        const [enlisted, entries] = await Promise.all([meet[0](), meet[1]()]);
        expect(entries).toEqual(enlisted ? [key] : []);
      }
    });

    it('moves the stamp with every invalidation of the tenant, and with nothing else', async () => {
      const ada = somebody();
      const seen = new Set<string>([await index.stamp(ada.tenant)]);
      await enlist(ada);
      expect(seen).toContain(await index.stamp(ada.tenant));
      for (let times = 1; times <= 20; times += 1) {
        await forget(times % 2 === 0 ? ada : customerOf(ada.tenant));
        const stamp = await index.stamp(ada.tenant);
        expect(seen).not.toContain(stamp);
        expect(await index.stamp(ada.tenant)).toBe(stamp);
        seen.add(stamp);
      }
    });

    it('keeps nothing for a while after a critical invalidation, whenever the load began', async () => {
      const ada = somebody();
      await forget(ada, true);
      expect(await enlist(ada)).toBe(false);
      expect(await enlist(customerOf(ada.tenant))).toBe(true);
    });

    it('does not cut a tombstone short for an invalidation that is not critical', async () => {
      const ada = somebody();
      await forget(ada, true);
      await forget(ada);
      expect(await enlist(ada)).toBe(false);
    });

    it('knows an event for a duplicate once it was carried out, and how many entries it dropped', async () => {
      const event = mark(somebody(), randomUUID());
      expect(await index.begin(event, false)).toMatchObject({ duplicate: false });
      expect(await index.begin(event, false)).toMatchObject({ duplicate: false });
      expect(await index.finish(event, 7)).toBe(true);
      expect(await index.begin(event, false)).toEqual({ duplicate: true, invalidated: 7 });
      expect(await index.finish(event, 3)).toBe(false);
      expect(await index.begin(event, false)).toEqual({ duplicate: true, invalidated: 7 });
    });

    it('voids nothing for a duplicate', async () => {
      const event = mark(somebody(), randomUUID());
      await index.begin(event, false);
      await index.finish(event, 0);
      const stamp = await index.stamp(event.customer.tenant);
      await index.begin(event, true);
      expect(await enlist(event.customer, { stamp })).toBe(true);
    });

    it('lets one of many who carry out the same event at once be the first', async () => {
      const event = mark(somebody(), randomUUID());
      await Promise.all(Array.from({ length: 20 }, () => index.begin(event, false)));
      const firsts = await Promise.all(Array.from({ length: 20 }, () => index.finish(event, 1)));
      expect(firsts.filter(Boolean)).toHaveLength(1);
    });

    it('takes an event without an id for a new one, always', async () => {
      const event = mark(somebody());
      for (let times = 0; times < 2; times += 1) {
        expect(await index.begin(event, false)).toMatchObject({ duplicate: false });
        expect(await index.finish(event, 1)).toBe(true);
      }
    });

    it("takes another tenant's event of the same id for another event", async () => {
      const eventHash = randomUUID();
      const ours = mark(somebody(), eventHash);
      await index.begin(ours, false);
      await index.finish(ours, 1);
      expect(await index.begin(mark(somebody(), eventHash), false)).toMatchObject({ duplicate: false });
    });

    it('takes an event of the same id about another customer for another event', async () => {
      const [eventHash, ada] = [randomUUID(), somebody()];
      await index.begin(mark(ada, eventHash), false);
      await index.finish(mark(ada, eventHash), 1);
      const bob: CustomerRef = { tenant: ada.tenant, hash: 'bob' };
      expect(await index.begin(mark(bob, eventHash), false)).toMatchObject({ duplicate: false });
    });

    it('enlists no more entries than the bound, and those it knows again and again', async () => {
      const ada = somebody();
      const known = entryKey();
      await enlist(ada, { entryKey: known });
      const enlisted = await enlistMany(ada, MAX_ENTRIES + 20, LIFE_MS);
      expect(enlisted.filter(Boolean)).toHaveLength(MAX_ENTRIES - 1);
      expect(await enlist(ada)).toBe(false);
      expect(await enlist(ada, { entryKey: known })).toBe(true);
      expect(await listed(ada)).toHaveLength(MAX_ENTRIES);
    });

    it('makes room for new entries where old ones have reached the end of their life', async () => {
      const ada = somebody();
      await enlistMany(ada, MAX_ENTRIES - 1, 20);
      const lasting = entryKey();
      expect(await enlist(ada, { entryKey: lasting })).toBe(true);
      await subject.pass(40);
      const fresh = entryKey();
      expect(await enlist(ada, { entryKey: fresh })).toBe(true);
      expect((await listed(ada)).toSorted()).toEqual([lasting, fresh].toSorted());
    });

    it('counts an entry by its latest life', async () => {
      const ada = somebody();
      const renewed = entryKey();
      await enlist(ada, { entryKey: renewed, lifeMs: 20 });
      await enlist(ada, { entryKey: renewed });
      await enlistMany(ada, MAX_ENTRIES - 1, 20);
      await subject.pass(40);
      expect(await enlist(ada)).toBe(true);
      expect(await listed(ada)).toContain(renewed);
    });
  });
}
