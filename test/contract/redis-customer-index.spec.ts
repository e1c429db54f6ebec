import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TOMBSTONE_MS, type CustomerIndex } from '../../src/cache/internal/customer-index.js';
import { RedisCustomerIndex } from '../../src/cache/internal/redis-customer-index.js';
import type { CustomerRef } from '../../src/contracts/customer.js';
import { startRedis, startRedisCluster, type TestRedis } from '../support/redis-server.js';
import { openRedisStore, sharedRedisUrl } from '../support/redis-store.js';
import { customerIndexContract } from './customer-index.contract.js';

async function indexOn(urls: readonly string[], stopServer: () => Promise<void>) {
  const { redis } = await openRedisStore(urls);
  if (redis.connection === undefined) throw new Error('no Redis is configured');
  const close = async (): Promise<void> => {
    redis.close();
    await stopServer();
  };
  return { index: new RedisCustomerIndex(redis.connection), pass: (ms: number) => sleep(ms), close };
}

customerIndexContract('the Redis index', () => indexOn([sharedRedisUrl()], () => Promise.resolve()));

customerIndexContract('the Redis index on a cluster', async () => {
  const cluster = await startRedisCluster();
  return indexOn(cluster.urls, () => cluster.stop());
});

describe('the Redis index', () => {
  const DAY_MS = 86_400_000;
  const ada: CustomerRef = { tenant: '10001', hash: 'ada' };
  const record = `cust-index:{${ada.tenant}}:${ada.hash}`;
  const stampKey = `cust-stamp:{${ada.tenant}}`;
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

  const enlist = async (lifeMs = 60_000): Promise<boolean> =>
    index.enlist({ customer: ada, entryKey: randomUUID(), lifeMs, stamp: await index.stamp(ada.tenant) });
  const begin = (critical = false) => index.begin({ customer: ada, eventHash: undefined }, critical);
  const fromEmpty = (): Promise<unknown> => client.del(record, stampKey);

  it('gives every key a time to live', async () => {
    const event = { customer: ada, eventHash: 'e' };
    await enlist();
    await index.begin(event, true);
    await index.finish(event, 1);
    await index.begin({ customer: { ...ada, hash: 'never seen' }, eventHash: undefined }, false);
    const keys = await client.keys('*');
    const lives = await Promise.all(keys.map((key) => client.pttl(key)));
    expect(keys).toHaveLength(4);
    for (const life of lives) expect(life).toBeGreaterThan(0);
  });

  it('remembers a customer for longer than the longest of their entries lives', async () => {
    await fromEmpty();
    await enlist(600_000);
    await enlist(1000);
    expect(await client.pttl(record)).toBeGreaterThan(600_000);
  });

  it('remembers an invalidation for longer than a load may take, and the tombstone of a critical one', async () => {
    await fromEmpty();
    await begin(true);
    expect(await client.pttl(record)).toBeGreaterThan(TOMBSTONE_MS);
    const leftMs = Number(await client.hget(record, 't')) - (await serverNowMs());
    expect(leftMs).toBeGreaterThan(TOMBSTONE_MS - 10_000);
    expect(leftMs).toBeLessThanOrEqual(TOMBSTONE_MS);
  });

  it('ends a tombstone at its moment', async () => {
    await fromEmpty();
    await begin(true);
    expect(await enlist()).toBe(false);
    await client.hset(record, 't', (await serverNowMs()) - 1);
    expect(await enlist()).toBe(true);
  });

  it('refuses every load from before an invalidation when the stamp of the tenant was lost', async () => {
    await fromEmpty();
    const before = await index.stamp(ada.tenant);
    await begin();
    await client.del(stampKey);
    expect(await index.enlist({ customer: ada, entryKey: 'late', lifeMs: 1000, stamp: before })).toBe(false);
    await begin();
    expect(await enlist()).toBe(true);
  });

  /** The record of somebody who calls every hour never expires, the stamp of a tenant where nothing changes does. */
  it('enlists entries of a customer whose last invalidation the tenant has forgotten', async () => {
    await fromEmpty();
    await enlist(2 * DAY_MS);
    await begin();
    await client.hset(record, 's', ((await serverNowMs()) - DAY_MS - 1000) * 1000);
    await client.del(stampKey);
    expect(await enlist()).toBe(true);
  });

  async function serverNowMs(): Promise<number> {
    const [seconds, micros] = await client.time();
    return Number(seconds) * 1000 + Number(micros) / 1000;
  }
});
