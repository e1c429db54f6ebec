/** This file exceeds 220 lines because all tests of the contract share their helpers. */

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
import { answerFormatName } from '../../src/contracts/answer-format.js';
import type { Clock } from '../../src/kernel/clock.js';
import type { EventBus } from '../../src/messaging/event-bus.js';
import type { Hearing } from '../../src/messaging/hearing.js';
import { eventually } from '../support/eventually.js';
import { hear, type TestHeard } from '../support/hearing.js';

/** The implementation under test, and the bus on which it publishes. */
export interface StoreUnderTest {
  readonly store: EntryStore;
  /** The bus on which the store publishes. */
  readonly bus: EventBus;
  /** Is not switched on yet. */
  readonly hearing: Hearing;
  /** The clock of `hearing`. */
  readonly clock: Clock;
  /**
   * Writes a foreign value under the key. `undefined` means that no other application can reach the
   * store.
   */
  readonly plant?: (key: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const FORMAT = '1-aaaa';
/** `withinMs` of the reads. Longer than any pause of a slow machine. */
const T_MS = 60_000;

/** The contract of every entry store, in one file because its tests share their helpers. */
export function entryStoreContract(
  name: string,
  sharing: 'private' | 'shared',
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
      store.read(at, {
        format: FORMAT,
        leaseToken: randomUUID(),
        leaseMs: 5000,
        discard: false,
        withinMs: T_MS,
        ...request,
      });
    const answer = (text: string, options: Partial<AnswerToWrite> = {}): AnswerToWrite => ({
      format: FORMAT,
      text,
      freshMs: 60_000,
      lifetimeMs: 120_000,
      ...options,
    });
    const leaseOf = (entry: EntryRead): Lease => {
      if (entry.load.kind !== 'lease-granted') throw new Error(`expected the lease, got ${entry.load.kind}`);
      return entry.load.lease;
    };

    it('grants the lease of an empty entry to the first reader, and to no other reader while it lasts', async () => {
      const at = key();
      const first = await read(at);
      expect(first.load.kind).toBe('lease-granted');
      expect(first.stored).toBeUndefined();
      expect((await read(at)).load.kind).toBe('loading-already');
    });

    it('grants one lease to many concurrent readers', async () => {
      const at = key();
      const reads = await Promise.all(Array.from({ length: 200 }, () => read(at)));
      expect(reads.filter((entry) => entry.load.kind === 'lease-granted')).toHaveLength(1);
    });

    it('returns a stored value as fresh, without a lease', async () => {
      const at = key();
      expect(await store.write(leaseOf(await read(at)), answer('{"a":"ünï\\n"}'))).toBe(true);
      const entry = await read(at);
      expect(entry.stored?.text).toBe('{"a":"ünï\\n"}');
      expect(entry.stored?.freshForMs).toBeGreaterThan(50_000);
      expect(entry.stored?.freshForMs).toBeLessThanOrEqual(60_000);
      expect(entry.load.kind).toBe('not-needed');
    });

    it('returns the same version to all readers of an entry, and another version for another entry', async () => {
      const at = key();
      const [first, second] = [await read(at, { leaseMs: 20 }), await read(at)];
      expect(first.version).not.toBe('');
      expect(second.version).toBe(first.version);
      expect((await read(key())).version).not.toBe(first.version);
    });

    it('returns an expired value as stale, and grants one reader the lease to refresh it', async () => {
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
      expect(other.load.kind).toBe('loading-already');
      expect(other.stored?.text).toBe('{"old":1}');
      expect(await store.write(leaseOf(stale), answer('{"new":1}'))).toBe(true);
      expect((await read(at)).stored?.text).toBe('{"new":1}');
    });

    it('deletes a value when its lifetime ends', async () => {
      const at = key();
      await store.write(leaseOf(await read(at)), answer('{"a":1}', { freshMs: 1, lifetimeMs: 30 }));
      await eventually(async () => expect((await read(at, { leaseMs: 1 })).stored).toBeUndefined());
    });

    it('stores no value whose lease another reader has taken over', async () => {
      const at = key();
      const lost = leaseOf(await read(at, { leaseMs: 1 }));
      const takenOver = await eventually(async () => leaseOf(await read(at)));
      expect(await store.write(lost, answer('{"late":1}'))).toBe(false);
      expect((await read(at)).stored).toBeUndefined();
      expect(await store.write(takenOver, answer('{"right":1}'))).toBe(true);
      expect(await store.write(lost, answer('{"late":1}'))).toBe(false);
      expect((await read(at)).stored?.text).toBe('{"right":1}');
    });

    it('stores a value whose lease has expired if no other reader took it over', async () => {
      const at = key();
      const lease = leaseOf(await read(at, { leaseMs: 1 }));
      expect(await store.write(lease, answer('{"slow":1}'))).toBe(true);
    });

    it('stores no value whose lease expired longer ago than the grace period', async () => {
      const at = key();
      const lease = leaseOf(await read(at, { leaseMs: -LATE_STORE_GRACE_MS - 1 }));
      expect(await store.write(lease, answer('{"late":1}'))).toBe(false);
      expect((await read(at)).stored).toBeUndefined();
    });

    it('stores no value whose lease has another version', async () => {
      const at = key();
      const lease = leaseOf(await read(at));
      expect(await store.write({ ...lease, version: 'another' }, answer('{"a":1}'))).toBe(false);
      expect((await read(at)).stored).toBeUndefined();
    });

    it('stores no value if the entry no longer exists', async () => {
      const lease: Lease = { key: key(), version: 'v', token: 't', failuresBefore: 0, beganMs: 0 };
      expect(await store.write(lease, answer('{"a":1}'))).toBe(false);
      expect(await store.renew(lease, 1000)).toBe(false);
      await store.fail(lease, 'origin_error', 1000);
      expect((await read(lease.key)).load.kind).toBe('lease-granted');
    });

    it('renews a lease for its token, and for no other token', async () => {
      const at = key();
      const lease = leaseOf(await read(at, { leaseMs: 40 }));
      expect(await store.renew(lease, 5000)).toBe(true);
      expect(await store.renew({ ...lease, token: 'another' }, 5000)).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect((await read(at)).load.kind).toBe('loading-already');
    });

    it('grants no lease during the backoff after a failure, and returns its reason', async () => {
      const at = key();
      await store.fail(leaseOf(await read(at)), 'origin_rate_limited', 5000);
      expect((await read(at)).load).toEqual({ kind: 'backing-off', reason: 'origin_rate_limited' });
    });

    it('counts consecutive failures, and resets the count when a value is stored', async () => {
      const at = key();
      await store.fail(leaseOf(await read(at)), 'origin_error', 0);
      await store.fail(leaseOf(await read(at)), 'origin_error', 0);
      const third = leaseOf(await read(at));
      expect(third.failuresBefore).toBe(2);
      await store.write(third, answer('{"a":1}', { freshMs: 1 }));
      expect(await eventually(async () => leaseOf(await read(at)))).toMatchObject({ failuresBefore: 0 });
    });

    it('returns the stale value of an entry after its refresh failed', async () => {
      const at = key();
      await store.write(leaseOf(await read(at)), answer('{"old":1}', { freshMs: 1 }));
      const refresh = await eventually(async () => leaseOf(await read(at)));
      await store.fail(refresh, 'origin_timeout', 5000);
      const entry = await read(at);
      expect(entry.stored?.text).toBe('{"old":1}');
      expect(entry.load.kind).toBe('backing-off');
    });

    it('grants a released lease to the next reader at once', async () => {
      const at = key();
      await store.release(leaseOf(await read(at)));
      expect((await read(at)).load.kind).toBe('lease-granted');
    });

    it('returns whether a released lease was still valid', async () => {
      const at = key();
      const lost = leaseOf(await read(at, { leaseMs: 1 }));
      const takenOver = await eventually(async () => leaseOf(await read(at)));
      expect(await store.release(lost)).toBe(false);
      expect((await read(at)).load.kind).toBe('loading-already');
      expect(await store.release(takenOver)).toBe(true);
      expect(await store.release(takenOver)).toBe(false);
      expect(await store.release({ ...takenOver, key: key() })).toBe(false);
    });

    it('returns whether a deleted entry had a value', async () => {
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

    it('deletes the stale value of a deleted entry, too', async () => {
      const at = key();
      await store.write(leaseOf(await read(at)), answer('{"old":1}', { freshMs: 1 }));
      const refresh = await eventually(async () => leaseOf(await read(at)));
      expect(await store.delete(at)).toBe(true);
      expect(await store.write(refresh, answer('{"late":1}'))).toBe(false);
      expect((await read(at)).stored).toBeUndefined();
    });

    it('stores no value whose load began before a deletion, with or without a later load', async () => {
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

    it('deletes the failure count and the backoff of a deleted entry', async () => {
      const at = key();
      await store.fail(leaseOf(await read(at)), 'origin_error', 5000);
      await store.delete(at);
      expect(leaseOf(await read(at)).failuresBefore).toBe(0);
    });

    describe('with a value of another format', () => {
      const format = (...fields: string[]): string =>
        answerFormatName(
          2,
          'origin',
          fields.map((field) => [field.charAt(0), field]),
        );
      const readAs = async (stored: string, wanted: string): Promise<EntryRead> => {
        const at = key();
        await store.write(leaseOf(await read(at)), answer('{"a":1}', { format: stored }));
        return read(at, { format: wanted });
      };

      it.each([
        ['of another origin', answerFormatName(2, 'other', [['a', 'a']]), format('a')],
        ['of an earlier version', '1-0123456789abcdef', format('a')],
        ['that declares a common field differently', format('a', 'b1'), format('a', 'b2')],
        ['without a common field', format('a'), format('b')],
      ])('returns no value %s, and grants the lease to replace it', async (_, stored, wanted) => {
        const entry = await readAs(stored, wanted);
        expect(entry.stored).toBeUndefined();
        expect(await store.write(leaseOf(entry), answer('{"b":1}', { format: wanted }))).toBe(true);
      });

      it('returns a value with all fields as fresh, without a lease', async () => {
        const entry = await readAs(format('a', 'b', 'c'), format('c', 'a'));
        expect(entry.stored).toMatchObject({ text: '{"a":1}', otherFormat: 'whole' });
        expect(entry.stored?.freshForMs).toBeGreaterThan(0);
        expect(entry.load.kind).toBe('not-needed');
      });

      it('returns a value that lacks fields, and grants one reader the lease to load them', async () => {
        const at = key();
        await store.write(leaseOf(await read(at)), answer('{"a":1}', { format: format('a') }));
        const wanted = { format: format('a', 'b') };
        const [first, second] = [await read(at, wanted), await read(at, wanted)];
        expect(first.stored).toMatchObject({ text: '{"a":1}', otherFormat: 'partial' });
        expect(second.stored).toMatchObject({ text: '{"a":1}', otherFormat: 'partial' });
        expect(second.load.kind).toBe('loading-already');
        expect(await store.write(leaseOf(first), answer('{"a":1,"b":2}', wanted))).toBe(true);
        expect((await read(at, wanted)).load.kind).toBe('not-needed');
      });

      it('lets two formats that lack fields of each other replace each other once', async () => {
        const at = key();
        const [one, other] = [format('a', 'b'), format('a', 'c')];
        await store.write(leaseOf(await read(at)), answer('{"a":1,"b":1}', { format: one }));
        await store.write(leaseOf(await read(at, { format: other })), answer('{"a":1,"c":1}', { format: other }));
        const entry = await read(at, { format: one });
        expect(entry.stored).toMatchObject({ otherFormat: 'partial' });
        expect(entry.load.kind).toBe('not-needed');
      });

      it('grants the lease of a stale value that was replaced lately', async () => {
        const at = key();
        const [one, other] = [format('a', 'b'), format('a', 'c')];
        await store.write(leaseOf(await read(at)), answer('{"a":1}', { format: one }));
        const stale = { format: other, freshMs: 1 };
        await store.write(leaseOf(await read(at, { format: other })), answer('{"a":1}', stale));
        await eventually(async () => {
          const { load } = await read(at, { format: one });
          expect(load.kind).toBe('lease-granted');
        });
      });
    });

    it('deletes a value that the reader asks to discard', async () => {
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
      const [filled, empty, stored] = [key(), key(), key()];
      await store.write(leaseOf(await read(filled)), answer('{"a":1}'));
      for (const at of [filled, empty]) await store.delete(at);
      await store.write(leaseOf(await read(stored)), answer('{"a":1}'));
      // Other tests may publish at the same time, and the nodes of a cluster deliver in any order.
      await eventually(() => {
        expect(deleted).toEqual(expect.arrayContaining([filled, empty]));
        expect(finished).toEqual(expect.arrayContaining([filled, stored]));
      });
      expect(deleted.filter((at) => at.includes(stored))).toEqual([]);
      expect(finished.filter((at) => at.includes(filled) || at.includes(empty))).toEqual([filled]);
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

    describe('with several regions', () => {
      /** The store asks it at each read, so each test says what is heard. */
      const heard = (what: TestHeard): void => hear(subject.hearing, subject.clock.nowMs(), what);
      beforeAll(() => subject.hearing.switchOn());

      /** Stores a value whose load began `agoMs` ago. */
      const storeLoadOf = async (agoMs: number, options: Partial<AnswerToWrite> = {}): Promise<string> => {
        const at = key();
        const lease = leaseOf(await read(at));
        expect(await store.write({ ...lease, beganMs: lease.beganMs - agoMs }, answer('{"a":1}', options))).toBe(true);
        return at;
      };

      it('returns a value of any age while what is heard is at most T old', async () => {
        const at = await storeLoadOf(10 * T_MS);
        heard({ ageMs: T_MS / 2 });
        expect(await read(at)).toMatchObject({
          stored: { text: '{"a":1}' },
          load: { kind: 'not-needed' },
          tooOld: false,
        });
      });

      it('returns a value whose load began within T if nothing is heard', async () => {
        const at = await storeLoadOf(T_MS / 2);
        heard({ ageMs: Infinity });
        expect(await read(at)).toMatchObject({ stored: { text: '{"a":1}' }, tooOld: false });
      });

      it('returns no value whose load began longer ago than T if as much is not heard', async () => {
        const at = await storeLoadOf(2 * T_MS);
        heard({ ageMs: 2 * T_MS });
        const entry = await read(at);
        expect(entry).toMatchObject({ stored: undefined, tooOld: true });
        expect(await store.write(leaseOf(entry), answer('{"b":1}'))).toBe(true);
        expect(await read(at)).toMatchObject({ stored: { text: '{"b":1}' }, tooOld: false });
      });

      it('grants one lease to the readers of a value that is too old, and refuses it to all', async () => {
        const at = await storeLoadOf(2 * T_MS);
        heard({ ageMs: 2 * T_MS });
        const reads = await Promise.all(Array.from({ length: 50 }, (_, n) => read(at, { withinMs: T_MS + (n % 2) })));
        expect(reads.filter(({ load }) => load.kind === 'lease-granted')).toHaveLength(1);
        expect(reads.filter(({ stored, tooOld }) => stored !== undefined || !tooOld)).toEqual([]);
      });

      it('returns a value that was too old as soon as enough is heard', async () => {
        const at = await storeLoadOf(2 * T_MS);
        heard({ ageMs: 2 * T_MS });
        await store.release(leaseOf(await read(at)));
        heard({ ageMs: 0 });
        expect(await read(at)).toMatchObject({ stored: { text: '{"a":1}' }, load: { kind: 'not-needed' } });
      });

      it('compares each read with its own T', async () => {
        const [at, other] = [await storeLoadOf(2 * T_MS), await storeLoadOf(2 * T_MS)];
        heard({ ageMs: 2 * T_MS });
        const [long, short] = await Promise.all([read(at, { withinMs: 3 * T_MS }), read(other)]);
        expect(long.stored?.text).toBe('{"a":1}');
        expect(short.stored).toBeUndefined();
      });

      it('returns no stale value that is too old', async () => {
        const at = await storeLoadOf(2 * T_MS, { freshMs: 0 });
        heard({ ageMs: 0 });
        const stale = await read(at);
        expect(stale.stored?.text).toBe('{"a":1}');
        await store.fail(leaseOf(stale), 'origin_error', 5000);
        heard({ ageMs: 2 * T_MS });
        expect(await read(at)).toMatchObject({ stored: undefined, load: { kind: 'backing-off' }, tooOld: true });
      });

      it('returns no value whose load began before records were missed, and the value of a later load', async () => {
        const [before, after] = [await storeLoadOf(T_MS / 2), await storeLoadOf(0)];
        heard({ ageMs: 0, missedMsAgo: T_MS / 4 });
        const entry = await read(before);
        expect(entry).toMatchObject({ stored: undefined, tooOld: true });
        expect((await read(after)).stored?.text).toBe('{"a":1}');
        expect(await store.write(leaseOf(entry), answer('{"b":1}'))).toBe(true);
        expect((await read(before)).stored?.text).toBe('{"b":1}');
      });

      it('discards an unreadable value, whatever is heard', async () => {
        const at = await storeLoadOf(0);
        heard({ ageMs: Infinity });
        expect((await read(at, { discard: true })).load.kind).toBe('lease-granted');
      });
    });

    if (sharing === 'private') return;

    it('replaces a value that another application wrote under the key', async () => {
      const at = key();
      await subject.plant?.(at);
      const entry = await read(at);
      expect(entry.foreign).toBe(true);
      expect(await store.write(leaseOf(entry), answer('{"replaced":1}'))).toBe(true);
      expect((await read(at)).stored?.text).toBe('{"replaced":1}');
    });
  });
}
