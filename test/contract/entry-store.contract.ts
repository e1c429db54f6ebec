import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  LATE_STORE_GRACE_MS,
  type AnswerToWrite,
  type EntryRead,
  type EntryStore,
  type Lease,
  type ReadRequest,
} from '../../src/cache/internal/entry-store.js';
import type { EventBus } from '../../src/messaging/event-bus.js';
import { eventually } from '../support/eventually.js';

/** What a suite needs of the implementation it tries. */
export interface StoreUnderTest {
  readonly store: EntryStore;
  /** On which the store publishes. */
  readonly bus: EventBus;
  /** Puts something under the key that no version of ours wrote. Absent for a store nobody else can reach. */
  readonly plant?: (key: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const FORMAT = '1-aaaa';

/** The law of every entry store. */
export function entryStoreContract(
  name: string,
  sharing: 'private' | 'shared with strangers',
  open: () => Promise<StoreUnderTest>,
): void {
  describe(`${name}, as an entry store`, () => {
    let subject: StoreUnderTest;
    let store: EntryStore;
    let bus: EventBus;
    beforeAll(async () => {
      subject = await open();
      ({ store, bus } = subject);
    });
    afterAll(() => subject.close());

    const key = (): string => `cust:test:10001:${randomUUID()}`;
    const read = (at: string, request: Partial<ReadRequest> = {}): Promise<EntryRead> =>
      store.read(at, { format: FORMAT, leaseToken: randomUUID(), leaseMs: 5000, discard: false, ...request });
    const answer = (text: string, terms: Partial<AnswerToWrite> = {}): AnswerToWrite => ({
      format: FORMAT,
      text,
      freshMs: 60_000,
      lifetimeMs: 120_000,
      ...terms,
    });
    const leaseOf = (entry: EntryRead): Lease => {
      if (entry.load.kind !== 'lease-granted') throw new Error(`expected the lease, got ${entry.load.kind}`);
      return entry.load.lease;
    };

    it('grants the lease of an empty entry to the first reader, and to nobody else while it lasts', async () => {
      const at = key();
      const first = await read(at);
      expect(first.load.kind).toBe('lease-granted');
      expect(first.stored).toBeUndefined();
      expect((await read(at)).load.kind).toBe('loading-elsewhere');
    });

    it('grants one lease among many readers at once', async () => {
      const at = key();
      const reads = await Promise.all(Array.from({ length: 200 }, () => read(at)));
      expect(reads.filter((entry) => entry.load.kind === 'lease-granted')).toHaveLength(1);
    });

    it('gives back what was kept, fresh, with nothing to load', async () => {
      const at = key();
      expect(await store.write(leaseOf(await read(at)), answer('{"a":"ünï\\n"}'))).toBe(true);
      const entry = await read(at);
      expect(entry.stored?.text).toBe('{"a":"ünï\\n"}');
      expect(entry.stored?.freshForMs).toBeGreaterThan(50_000);
      expect(entry.stored?.freshForMs).toBeLessThanOrEqual(60_000);
      expect(entry.load.kind).toBe('not-needed');
    });

    it('tells one version to all readers of an entry, and another after it was gone', async () => {
      const at = key();
      const [first, second] = [await read(at, { leaseMs: 20 }), await read(at)];
      expect(first.version).not.toBe('');
      expect(second.version).toBe(first.version);
      expect((await read(key())).version).not.toBe(first.version);
    });

    it('serves a value past its fresh time as stale, and lets one reader refresh it', async () => {
      const at = key();
      await store.write(leaseOf(await read(at)), answer('{"old":1}', { freshMs: 1 }));
      const stale = await eventually(async () => {
        const entry = await read(at);
        expect(entry.load.kind).toBe('lease-granted');
        return entry;
      });
      expect(stale.stored?.text).toBe('{"old":1}');
      expect(stale.stored?.freshForMs).toBeLessThanOrEqual(0);
      const other = await read(at);
      expect(other.load.kind).toBe('loading-elsewhere');
      expect(other.stored?.text).toBe('{"old":1}');
      expect(await store.write(leaseOf(stale), answer('{"new":1}'))).toBe(true);
      expect((await read(at)).stored?.text).toBe('{"new":1}');
    });

    it('forgets a value when its lifetime is over', async () => {
      const at = key();
      await store.write(leaseOf(await read(at)), answer('{"a":1}', { freshMs: 1, lifetimeMs: 30 }));
      await eventually(async () => expect((await read(at, { leaseMs: 1 })).stored).toBeUndefined());
    });

    it('keeps nothing loaded under a lease that somebody else has taken over', async () => {
      const at = key();
      const lost = leaseOf(await read(at, { leaseMs: 1 }));
      const taken = await eventually(async () => leaseOf(await read(at)));
      expect(await store.write(lost, answer('{"late":1}'))).toBe(false);
      expect((await read(at)).stored).toBeUndefined();
      expect(await store.write(taken, answer('{"right":1}'))).toBe(true);
      expect(await store.write(lost, answer('{"late":1}'))).toBe(false);
      expect((await read(at)).stored?.text).toBe('{"right":1}');
    });

    it('keeps a value whose lease ran out as long as nobody took over', async () => {
      const at = key();
      const lease = leaseOf(await read(at, { leaseMs: 1 }));
      expect(await store.write(lease, answer('{"slow":1}'))).toBe(true);
    });

    it('keeps nothing under a lease that ran out long ago', async () => {
      const at = key();
      const lease = leaseOf(await read(at, { leaseMs: -LATE_STORE_GRACE_MS - 1 }));
      expect(await store.write(lease, answer('{"late":1}'))).toBe(false);
      expect((await read(at)).stored).toBeUndefined();
    });

    it('keeps nothing under a version that has moved', async () => {
      const at = key();
      const lease = leaseOf(await read(at));
      expect(await store.write({ ...lease, version: 'another' }, answer('{"a":1}'))).toBe(false);
      expect((await read(at)).stored).toBeUndefined();
    });

    it('keeps nothing where the entry is gone', async () => {
      const lease: Lease = { key: key(), version: 'v', token: 't', failuresBefore: 0 };
      expect(await store.write(lease, answer('{"a":1}'))).toBe(false);
      expect(await store.renew(lease, 1000)).toBe(false);
      await store.fail(lease, 'origin_error', 1000);
      expect((await read(lease.key)).load.kind).toBe('lease-granted');
    });

    it('renews the lease of its holder, and of nobody else', async () => {
      const at = key();
      const lease = leaseOf(await read(at, { leaseMs: 40 }));
      expect(await store.renew(lease, 5000)).toBe(true);
      expect(await store.renew({ ...lease, token: 'another' }, 5000)).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect((await read(at)).load.kind).toBe('loading-elsewhere');
    });

    it('lets nobody load while a failed load is backing off, and says why', async () => {
      const at = key();
      await store.fail(leaseOf(await read(at)), 'origin_rate_limited', 5000);
      expect((await read(at)).load).toEqual({ kind: 'backing-off', reason: 'origin_rate_limited' });
    });

    it('counts failures in a row, and forgets them when a value is kept', async () => {
      const at = key();
      await store.fail(leaseOf(await read(at)), 'origin_error', 0);
      await store.fail(leaseOf(await read(at)), 'origin_error', 0);
      const third = leaseOf(await read(at));
      expect(third.failuresBefore).toBe(2);
      await store.write(third, answer('{"a":1}', { freshMs: 1 }));
      expect(await eventually(async () => leaseOf(await read(at)))).toMatchObject({ failuresBefore: 0 });
    });

    it('keeps the stale value of an entry whose refresh failed', async () => {
      const at = key();
      await store.write(leaseOf(await read(at)), answer('{"old":1}', { freshMs: 1 }));
      const refresh = await eventually(async () => leaseOf(await read(at)));
      await store.fail(refresh, 'origin_timeout', 5000);
      const entry = await read(at);
      expect(entry.stored?.text).toBe('{"old":1}');
      expect(entry.load.kind).toBe('backing-off');
    });

    it('frees a released lease at once', async () => {
      const at = key();
      await store.release(leaseOf(await read(at)));
      expect((await read(at)).load.kind).toBe('lease-granted');
    });

    it('tells who releases a lease whether it was still theirs', async () => {
      const at = key();
      const lost = leaseOf(await read(at, { leaseMs: 1 }));
      const taken = await eventually(async () => leaseOf(await read(at)));
      expect(await store.release(lost)).toBe(false);
      expect((await read(at)).load.kind).toBe('loading-elsewhere');
      expect(await store.release(taken)).toBe(true);
      expect(await store.release(taken)).toBe(false);
      expect(await store.release({ ...taken, key: key() })).toBe(false);
    });

    it('tells who drops an entry whether there was a value', async () => {
      const at = key();
      expect(await store.delete(at)).toBe(false);
      const leased = leaseOf(await read(at));
      expect(await store.delete(at)).toBe(false);
      expect(await store.write(leased, answer('{"a":1}'))).toBe(false);
      await store.write(leaseOf(await read(at)), answer('{"a":1}'));
      expect(await store.delete(at)).toBe(true);
      expect(await store.delete(at)).toBe(false);
      expect((await read(at)).stored).toBeUndefined();
    });

    it('forgets the stale value of a dropped entry, too', async () => {
      const at = key();
      await store.write(leaseOf(await read(at)), answer('{"old":1}', { freshMs: 1 }));
      const refresh = await eventually(async () => leaseOf(await read(at)));
      expect(await store.delete(at)).toBe(true);
      expect(await store.write(refresh, answer('{"late":1}'))).toBe(false);
      expect((await read(at)).stored).toBeUndefined();
    });

    it('keeps nothing loaded before a drop, whether or not somebody has begun to load since', async () => {
      const at = key();
      const before = leaseOf(await read(at));
      await store.delete(at);
      expect(await store.write(before, answer('{"late":1}'))).toBe(false);
      const since = leaseOf(await read(at));
      expect(since.version).not.toBe(before.version);
      expect(await store.write(before, answer('{"late":1}'))).toBe(false);
      expect(await store.renew(before, 5000)).toBe(false);
      expect(await store.release(before)).toBe(false);
      await store.fail(before, 'origin_error', 5000);
      expect(await store.write(since, answer('{"right":1}'))).toBe(true);
      expect((await read(at)).stored?.text).toBe('{"right":1}');
    });

    it('forgets the failures of a dropped entry, so that it is loaded at once', async () => {
      const at = key();
      await store.fail(leaseOf(await read(at)), 'origin_error', 5000);
      await store.delete(at);
      expect(leaseOf(await read(at)).failuresBefore).toBe(0);
    });

    it('takes a value of another format for none', async () => {
      const at = key();
      await store.write(leaseOf(await read(at)), answer('{"a":1}', { format: '0-older' }));
      const entry = await read(at);
      expect(entry.stored).toBeUndefined();
      expect(await store.write(leaseOf(entry), answer('{"b":1}'))).toBe(true);
    });

    it('drops a value that the reader could not read', async () => {
      const at = key();
      await store.write(leaseOf(await read(at)), answer('not json'));
      const entry = await read(at, { discard: true });
      expect(entry.stored).toBeUndefined();
      expect(entry.load.kind).toBe('lease-granted');
      await store.release(leaseOf(entry));
      expect((await read(at)).stored).toBeUndefined();
    });

    it('publishes entry.load-finished for a value stored, a load failed and a lease released', async () => {
      const finished: string[] = [];
      bus.subscribe('entry.load-finished', ({ data }) => finished.push(data.key));
      const [stored, failed, released] = [key(), key(), key()];
      await store.write(leaseOf(await read(stored)), answer('{"a":1}'));
      await store.fail(leaseOf(await read(failed)), 'origin_error', 100);
      await store.release(leaseOf(await read(released)));
      await eventually(() => expect(finished).toEqual(expect.arrayContaining([stored, failed, released])));
    });

    it('publishes entry.deleted for every deletion, of an empty entry too, and for no finished load', async () => {
      const [deleted, finished]: [string[], string[]] = [[], []];
      bus.subscribe('entry.deleted', ({ data }) => deleted.push(data.key));
      bus.subscribe('entry.load-finished', ({ data }) => finished.push(data.key));
      const [held, empty, stored] = [key(), key(), key()];
      await store.write(leaseOf(await read(held)), answer('{"a":1}'));
      for (const at of [held, empty]) await store.delete(at);
      await store.write(leaseOf(await read(stored)), answer('{"a":1}'));
      // Other tests may publish at the same time, and the nodes of a cluster deliver in any order.
      await eventually(() => {
        expect(deleted).toEqual(expect.arrayContaining([held, empty]));
        expect(finished).toEqual(expect.arrayContaining([held, stored]));
      });
      expect(deleted.filter((at) => at.includes(stored))).toEqual([]);
      expect(finished.filter((at) => at.includes(held) || at.includes(empty))).toEqual([held]);
    });

    it('delivers entry.deleted in this process before the deletion resolves', async () => {
      const deleted: string[] = [];
      bus.subscribe('entry.deleted', ({ data }) => deleted.push(data.key));
      const at = key();
      await store.delete(at);
      expect(deleted).toContain(at);
    });

    it('publishes events of the tenant in the entry key', async () => {
      const tenants: string[] = [];
      const at = key();
      bus.subscribe('entry.deleted', ({ data, tenant }) => data.key === at && tenants.push(tenant));
      await store.delete(at);
      // The message may have come back from Redis by now: the event is then delivered twice.
      expect(new Set(tenants)).toEqual(new Set(['10001']));
    });

    if (sharing === 'private') return;

    it('replaces what another application left under the key', async () => {
      const at = key();
      await subject.plant?.(at);
      const entry = await read(at);
      expect(entry.foreign).toBe(true);
      expect(await store.write(leaseOf(entry), answer('{"ours":1}'))).toBe(true);
      expect((await read(at)).stored?.text).toBe('{"ours":1}');
    });
  });
}
