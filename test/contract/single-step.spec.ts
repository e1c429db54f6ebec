import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { MAX_ENTRIES_PER_CUSTOMER, type EntryToIndex } from '../../src/cache/internal/customer-index.js';
import type { AnswerToWrite, EntryRead, EntryStore, Lease } from '../../src/cache/internal/entry-store.js';
import { RedisCustomerIndex } from '../../src/cache/internal/redis-customer-index.js';
import type { CustomerRef } from '../../src/contracts/customer.js';
import { startRedisCluster } from '../support/redis-server.js';
import { openRedisStore, sharedRedisUrl } from '../support/redis-store.js';

const WITHIN_MS = 1000;
const LIFETIME_MS = 60_000;
const ANSWER: AnswerToWrite = { format: '1-aaaa', text: '{"a":1}', freshMs: 30_000, lifetimeMs: LIFETIME_MS };

const request = () => ({
  ...{ format: ANSWER.format, leaseToken: randomUUID(), leaseMs: 5000 },
  ...{ discard: false, withinMs: WITHIN_MS },
});
const leaseOf = ({ load }: EntryRead): Lease => {
  if (load.kind !== 'lease-granted') throw new Error(`expected the lease, got ${load.kind}`);
  return load.lease;
};
const keyOf = ({ tenant }: CustomerRef): string => `cust:test:${tenant}:${randomUUID()}`;
const newCustomer = (): CustomerRef => ({ tenant: randomUUID(), hash: randomUUID() });

/** Opens a store whose processes all have the same version, or may have another version. */
async function open(urls: readonly string[], hasOlderProcess = false) {
  const { redis, bus, store, close } = await openRedisStore(urls);
  if (redis.connection === undefined) throw new Error('no Redis is configured');
  bus.mayHaveOlderProcess = () => hasOlderProcess;
  return { store, close, index: new RedisCustomerIndex(redis.connection, () => hasOlderProcess) };
}

describe('RedisEntryStore on a single server', () => {
  let client: Redis;
  let store: EntryStore;
  let index: RedisCustomerIndex;
  let close: () => void;
  beforeAll(async () => {
    client = new Redis(sharedRedisUrl());
    ({ store, index, close } = await open([sharedRedisUrl()]));
  });
  afterAll(() => {
    client.disconnect();
    close();
  });

  const read = (key: string): Promise<EntryRead> => store.read(key, request());
  const invalidate = async (customer: CustomerRef): Promise<readonly string[]> => {
    const start = await index.beginInvalidation({ customer, eventHash: undefined, critical: false }, WITHIN_MS);
    if (start.duplicate) throw new Error('the event is new');
    return index.voidEntries(customer, { epoch: start.epoch, critical: false }, WITHIN_MS);
  };
  const entryOf = (customer: CustomerRef, lease: Lease): EntryToIndex => ({
    ...{ customer, entryKey: lease.key, lifetimeMs: LIFETIME_MS },
    epoch: lease.invalidationEpoch ?? '',
  });
  const write = (customer: CustomerRef, lease: Lease, answer = ANSWER) =>
    store.writeIndexed(lease, answer, entryOf(customer, lease));

  describe('a read', () => {
    it('returns the epoch of the tenant with the lease, and to the readers that wait', async () => {
      const ada = newCustomer();
      const key = keyOf(ada);
      expect(leaseOf(await read(key)).invalidationEpoch).toBe('0');
      await invalidate(ada);
      const epoch = await index.currentEpoch(ada.tenant);
      expect((await read(key)).load).toEqual({ kind: 'loading-already', invalidationEpoch: epoch });
      expect(leaseOf(await read(keyOf(ada))).invalidationEpoch).toBe(epoch);
    });

    it('returns to each reader of a batch the epoch of its tenant', async () => {
      const customers = [newCustomer(), newCustomer()];
      for (const customer of customers) await invalidate(customer);
      const epochs = await Promise.all(customers.map(({ tenant }) => index.currentEpoch(tenant)));
      const reads = await Promise.all(customers.map((customer) => read(keyOf(customer))));
      expect(reads.map((entry) => leaseOf(entry).invalidationEpoch)).toEqual(epochs);
    });

    it('returns no epoch if another application uses the key of the epoch', async () => {
      const ada = newCustomer();
      await client.hset(`cust-stamp:{${ada.tenant}}`, 'field', 'value');
      const lease = leaseOf(await read(keyOf(ada)));
      expect(lease.invalidationEpoch).toBeUndefined();
      await client.del(`cust-stamp:{${ada.tenant}}`);
    });
  });

  describe('a write with its index', () => {
    it('lists the entry and stores its value', async () => {
      const ada = newCustomer();
      const lease = leaseOf(await read(keyOf(ada)));
      expect(await write(ada, lease)).toEqual({ kind: 'indexed', isStored: true });
      expect((await read(lease.key)).stored?.text).toBe(ANSWER.text);
      expect(await invalidate(ada)).toEqual([lease.key]);
    });

    it('stores no value whose load began before an invalidation of the customer', async () => {
      const ada = newCustomer();
      const lease = leaseOf(await read(keyOf(ada)));
      await invalidate(ada);
      expect(await write(ada, lease)).toEqual({ kind: 'refused' });
      expect(await store.release(lease)).toBe(true);
      expect((await read(lease.key)).stored).toBeUndefined();
      expect(await invalidate(ada)).toEqual([]);
    });

    it('stores no value of a lease that was lost', async () => {
      const ada = newCustomer();
      const lease = leaseOf(await read(keyOf(ada)));
      await store.delete(lease.key);
      expect(await write(ada, lease)).toEqual({ kind: 'indexed', isStored: false });
      expect((await read(lease.key)).stored).toBeUndefined();
    });

    it('removes the stored value for an answer without a lifetime', async () => {
      const ada = newCustomer();
      const key = keyOf(ada);
      await write(ada, leaseOf(await read(key)), { ...ANSWER, freshMs: 0 });
      const refresh = leaseOf(await read(key));
      const answer = { ...ANSWER, freshMs: 0, lifetimeMs: 0 };
      expect(await write(ada, refresh, answer)).toEqual({ kind: 'indexed', isStored: true });
      expect((await read(key)).stored).toBeUndefined();
    });

    it('stores nothing if the index is full, until an entry makes room', async () => {
      const ada = newCustomer();
      const epoch = await index.currentEpoch(ada.tenant);
      const fill = (entryKey: string) =>
        index.indexEntry({ customer: ada, entryKey, epoch, lifetimeMs: LIFETIME_MS / 2 });
      await Promise.all(Array.from({ length: MAX_ENTRIES_PER_CUSTOMER }, () => fill(keyOf(ada))));
      const lease = leaseOf(await read(keyOf(ada)));
      const result = await write(ada, lease);
      if (result?.kind !== 'full') throw new Error(`expected a full index, got ${String(result?.kind)}`);
      expect((await read(lease.key)).stored).toBeUndefined();
      const displacing = store.writeIndexed(lease, ANSWER, entryOf(ada, lease), result.first);
      expect(await displacing).toEqual({ kind: 'indexed', isStored: true });
      const listed = await invalidate(ada);
      expect(listed).toContain(lease.key);
      expect(listed).not.toContain(result.first.key);
    });
  });

  it('either lists or refuses an entry that is stored during an invalidation', async () => {
    for (let round = 0; round < 50; round += 1) {
      const ada = newCustomer();
      const lease = leaseOf(await read(keyOf(ada)));
      const [written, entries] = await Promise.all([write(ada, lease), invalidate(ada)]);
      expect(entries).toEqual(written?.kind === 'indexed' ? [lease.key] : []);
      expect((await read(lease.key)).stored === undefined).toBe(written?.kind !== 'indexed');
    }
  });
});

describe('RedisEntryStore that cannot use two keys at a time', () => {
  it('neither lists nor stores while a process of an earlier version may run', async () => {
    const { store, close } = await open([sharedRedisUrl()], true);
    const ada = newCustomer();
    const lease = leaseOf(await store.read(keyOf(ada), request()));
    const entry = { customer: ada, entryKey: lease.key, epoch: '0', lifetimeMs: LIFETIME_MS };
    expect(store.writeIndexed(lease, ANSWER, entry)).toBeUndefined();
    expect(await store.release(lease)).toBe(true);
    close();
  });

  it('neither reads an epoch with an entry nor lists it in a cluster', async () => {
    const cluster = await startRedisCluster();
    const { store, close } = await open(cluster.urls);
    const ada = newCustomer();
    const lease = leaseOf(await store.read(keyOf(ada), request()));
    expect(lease.invalidationEpoch).toBeUndefined();
    const entry = { customer: ada, entryKey: lease.key, epoch: '0', lifetimeMs: LIFETIME_MS };
    expect(store.writeIndexed(lease, ANSWER, entry)).toBeUndefined();
    close();
    await cluster.stop();
  });
});
