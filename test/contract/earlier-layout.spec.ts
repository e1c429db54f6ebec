import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RedisCustomerIndex } from '../../src/cache/internal/redis-customer-index.js';
import type { CustomerRef } from '../../src/contracts/customer.js';
import { openRedisStore, sharedRedisUrl } from '../support/redis-store.js';

const WITHIN_MS = 1000;
const [LIFETIME_MS, MOST_ENTRIES, EPOCH_KEPT_MS, DAY_MS] = [60_000, 64, 300_000, 86_400_000];
const scriptOf = (name: string): string =>
  readFileSync(new URL(`../fixtures/earlier-layout/${name}.lua`, import.meta.url), 'utf8');

/** The index of a process of the version before, with the scripts of that version. */
class EarlierIndex {
  constructor(private readonly client: Redis) {}

  async currentEpoch(tenant: string): Promise<string> {
    return (await this.client.get(`cust-stamp:{${tenant}}`)) ?? '0';
  }

  async indexEntry({ tenant, hash }: CustomerRef, entryKey: string, epoch: string): Promise<boolean> {
    const args = [entryKey, epoch, LIFETIME_MS, MOST_ENTRIES, EPOCH_KEPT_MS];
    return (await this.client.eval(scriptOf('index-entry'), 1, `cust-index:{${tenant}}:${hash}`, ...args)) === 1;
  }

  async invalidate({ tenant, hash }: CustomerRef): Promise<string[]> {
    const keys = [`cust-index:{${tenant}}:${hash}`, `cust-stamp:{${tenant}}`, `cust-event:{${tenant}}:${hash}:`];
    const reply = await this.client.eval(scriptOf('begin-invalidation'), 3, ...keys, '', 0, EPOCH_KEPT_MS, DAY_MS);
    return (reply as (string | number)[]).slice(1).map(String);
  }
}

/** A rolling upgrade: every order of an indexing and an invalidation by the two versions. */
describe('RedisCustomerIndex next to a process of the version before', () => {
  let client: Redis;
  let close: () => void;
  let earlier: EarlierIndex;
  let beside: RedisCustomerIndex;
  let alone: RedisCustomerIndex;
  let ada: CustomerRef;
  beforeAll(async () => {
    client = new Redis(sharedRedisUrl());
    const { redis, close: closeRedis } = await openRedisStore([sharedRedisUrl()]);
    if (redis.connection === undefined) throw new Error('no Redis is configured');
    close = closeRedis;
    earlier = new EarlierIndex(client);
    beside = new RedisCustomerIndex(redis.connection, () => true);
    alone = new RedisCustomerIndex(redis.connection, () => false);
  });
  afterAll(() => {
    client.disconnect();
    close();
  });
  beforeEach(() => {
    ada = { tenant: randomUUID(), hash: randomUUID() };
  });

  async function invalidate(index: RedisCustomerIndex): Promise<readonly string[]> {
    const start = await index.beginInvalidation({ customer: ada, eventHash: undefined, critical: false }, WITHIN_MS);
    if (start.duplicate) throw new Error('an event without an id was taken for a duplicate');
    return index.voidEntries(ada, { epoch: start.epoch, critical: false }, WITHIN_MS);
  }

  async function indexEntry(index: RedisCustomerIndex, entryKey: string, epoch: string): Promise<string> {
    return (await index.indexEntry({ customer: ada, entryKey, epoch, lifetimeMs: LIFETIME_MS })).kind;
  }

  it('lists entries of the version before for an invalidation, also after that version is gone', async () => {
    await earlier.indexEntry(ada, 'earlier', await earlier.currentEpoch(ada.tenant));
    await indexEntry(beside, 'both', await beside.currentEpoch(ada.tenant));
    expect((await invalidate(beside)).toSorted()).toEqual(['both', 'earlier']);
    expect((await invalidate(alone)).toSorted()).toEqual(['both', 'earlier']);
  });

  it('lists its entries for an invalidation by the version before', async () => {
    await indexEntry(beside, 'both', await beside.currentEpoch(ada.tenant));
    expect(await earlier.invalidate(ada)).toEqual(['both']);
  });

  it('refuses a value whose load began before an invalidation by the version before', async () => {
    const epoch = await beside.currentEpoch(ada.tenant);
    await earlier.invalidate(ada);
    expect(await indexEntry(beside, 'late', epoch)).toBe('refused');
    expect(await indexEntry(beside, 'new', await beside.currentEpoch(ada.tenant))).toBe('indexed');
  });

  it('makes the version before refuse a value whose load began before an invalidation', async () => {
    const epoch = await earlier.currentEpoch(ada.tenant);
    await invalidate(beside);
    expect(await earlier.indexEntry(ada, 'late', epoch)).toBe(false);
    expect(await earlier.indexEntry(ada, 'new', await earlier.currentEpoch(ada.tenant))).toBe(true);
  });

  it('writes no index in the layout of the version before if no such process may run', async () => {
    await indexEntry(alone, 'entry', await alone.currentEpoch(ada.tenant));
    await invalidate(alone);
    expect(await client.keys(`cust-index:{${ada.tenant}}:*`)).toEqual([]);
    expect(await client.keys(`cust-index:*:${ada.tenant}:*`)).toHaveLength(1);
  });
});
