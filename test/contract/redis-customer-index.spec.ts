import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  TOMBSTONE_MS,
  type CustomerIndex,
  type EntryToIndex,
  type InvalidationEvent,
} from '../../src/cache/internal/customer-index.js';
import { RedisCustomerIndex } from '../../src/cache/internal/redis-customer-index.js';
import type { CustomerRef } from '../../src/contracts/customer.js';
import { startRedis, startRedisCluster, type TestRedis } from '../support/redis-server.js';
import { openRedisStore, sharedRedisUrl } from '../support/redis-store.js';
import { customerIndexContract } from './customer-index.contract.js';

async function indexOn(urls: readonly string[], stopServer: () => Promise<void>) {
  const { redis, close: closeRedis } = await openRedisStore(urls);
  if (redis.connection === undefined) throw new Error('no Redis is configured');
  const close = async (): Promise<void> => {
    closeRedis();
    await stopServer();
  };
  return { index: new RedisCustomerIndex(redis.connection, () => false), pass: (ms: number) => sleep(ms), close };
}

const WITHIN_MS = 1000;

customerIndexContract('RedisCustomerIndex', () => indexOn([sharedRedisUrl()], () => Promise.resolve()));

customerIndexContract('RedisCustomerIndex on a cluster', async () => {
  const cluster = await startRedisCluster();
  return indexOn(cluster.urls, () => cluster.stop());
});

describe('RedisCustomerIndex', () => {
  const DAY_MS = 86_400_000;
  const ada: CustomerRef = { tenant: '10001', hash: 'ada' };
  const record = `cust-index:{customers:ad}:${ada.tenant}:${ada.hash}`;
  const epochKey = `cust-stamp:{${ada.tenant}}`;
  let server: TestRedis;
  let client: Redis;
  let index: CustomerIndex;
  let close: () => Promise<void>;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
    ({ index, close } = await indexOn([server.url], () => server.stop()));
  });
  afterAll(async () => {
    client.disconnect();
    await close();
  });

  const indexEntry = async (lifetimeMs = 60_000): Promise<boolean> =>
    isIndexed({ entryKey: randomUUID(), lifetimeMs, epoch: await index.currentEpoch(ada.tenant) });
  const isIndexed = async (entry: Omit<EntryToIndex, 'customer'>): Promise<boolean> =>
    (await index.indexEntry({ customer: ada, ...entry })).kind === 'indexed';
  const invalidate = async (
    critical = false,
    event: InvalidationEvent = { customer: ada, eventHash: undefined, critical },
  ) => {
    const start = await index.beginInvalidation(event, WITHIN_MS);
    if (start.duplicate) throw new Error('the event is new');
    return index.voidEntries(event.customer, { epoch: start.epoch, critical }, WITHIN_MS);
  };
  const deleteAll = (): Promise<unknown> => client.del(record, epochKey);

  it('sets a TTL on every key', async () => {
    const event = { customer: ada, eventHash: 'e', critical: true };
    await indexEntry();
    await invalidate(true, event);
    await index.completeInvalidation(event, 1, WITHIN_MS);
    await invalidate(false, { customer: { ...ada, hash: 'unknown' }, eventHash: undefined, critical: false });
    const keys = (await client.keys('*')).filter((key) => !key.startsWith('datadip-history:'));
    const lifetimesMs = await Promise.all(keys.map((key) => client.pttl(key)));
    expect(keys).toHaveLength(4);
    for (const lifetimeMs of lifetimesMs) expect(lifetimeMs).toBeGreaterThan(0);
  });

  it('stores the record of a customer longer than the longest lifetime of its entries', async () => {
    await deleteAll();
    await indexEntry(600_000);
    await indexEntry(1000);
    expect(await client.pttl(record)).toBeGreaterThan(600_000);
  });

  it('stores an invalidation longer than its tombstone lasts', async () => {
    await deleteAll();
    await invalidate(true);
    expect(await client.pttl(record)).toBeGreaterThan(TOMBSTONE_MS);
    const leftMs = Number(await client.hget(record, 't')) - (await serverNowMs());
    expect(leftMs).toBeGreaterThan(TOMBSTONE_MS - 10_000);
    expect(leftMs).toBeLessThanOrEqual(TOMBSTONE_MS);
  });

  it('ends a tombstone at its stored time', async () => {
    await deleteAll();
    await invalidate(true);
    expect(await indexEntry()).toBe(false);
    await client.hset(record, 't', (await serverNowMs()) - 1);
    expect(await indexEntry()).toBe(true);
  });

  it('refuses every load that began before an invalidation if the epoch of the tenant is lost', async () => {
    await deleteAll();
    const before = await index.currentEpoch(ada.tenant);
    await invalidate();
    await client.del(epochKey);
    expect(await isIndexed({ entryKey: 'late', lifetimeMs: 1000, epoch: before })).toBe(false);
    await invalidate();
    expect(await indexEntry()).toBe(true);
  });

  /**
   * The record of a customer that calls every hour never expires. The epoch of a tenant without
   * changes expires.
   */
  it('indexes entries of an invalidated customer after the epoch of the tenant has expired', async () => {
    await deleteAll();
    await indexEntry(2 * DAY_MS);
    await invalidate();
    await client.hset(record, 'a', (await serverNowMs()) - DAY_MS - 1000);
    await client.del(epochKey);
    expect(await indexEntry()).toBe(true);
  });

  async function serverNowMs(): Promise<number> {
    const [seconds, micros] = await client.time();
    return Number(seconds) * 1000 + Number(micros) / 1000;
  }
});
