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
  const { redis, close: closeRedis } = await openRedisStore(urls);
  if (redis.connection === undefined) throw new Error('no Redis is configured');
  const close = async (): Promise<void> => {
    closeRedis();
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
    index.indexEntry({
      customer: ada,
      entryKey: randomUUID(),
      lifetimeMs,
      epoch: await index.currentEpoch(ada.tenant),
    });
  const begin = (critical = false) => index.beginInvalidation({ customer: ada, eventHash: undefined }, critical);
  const fromEmpty = (): Promise<unknown> => client.del(record, epochKey);

  it('gives every key a time to live', async () => {
    const event = { customer: ada, eventHash: 'e' };
    await indexEntry();
    await index.beginInvalidation(event, true);
    await index.completeInvalidation(event, 1);
    await index.beginInvalidation({ customer: { ...ada, hash: 'never seen' }, eventHash: undefined }, false);
    const keys = await client.keys('*');
    const lives = await Promise.all(keys.map((key) => client.pttl(key)));
    expect(keys).toHaveLength(4);
    for (const life of lives) expect(life).toBeGreaterThan(0);
  });

  it('remembers a customer for longer than the longest of their entries lives', async () => {
    await fromEmpty();
    await indexEntry(600_000);
    await indexEntry(1000);
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
    expect(await indexEntry()).toBe(false);
    await client.hset(record, 't', (await serverNowMs()) - 1);
    expect(await indexEntry()).toBe(true);
  });

  it('refuses every load from before an invalidation when the epoch of the tenant was lost', async () => {
    await fromEmpty();
    const before = await index.currentEpoch(ada.tenant);
    await begin();
    await client.del(epochKey);
    expect(await index.indexEntry({ customer: ada, entryKey: 'late', lifetimeMs: 1000, epoch: before })).toBe(false);
    await begin();
    expect(await indexEntry()).toBe(true);
  });

  /** The record of somebody who calls every hour never expires, the epoch of a tenant where nothing changes does. */
  it('indexes entries of a customer whose last invalidation the tenant has forgotten', async () => {
    await fromEmpty();
    await indexEntry(2 * DAY_MS);
    await begin();
    await client.hset(record, 's', ((await serverNowMs()) - DAY_MS - 1000) * 1000);
    await client.del(epochKey);
    expect(await indexEntry()).toBe(true);
  });

  async function serverNowMs(): Promise<number> {
    const [seconds, micros] = await client.time();
    return Number(seconds) * 1000 + Number(micros) / 1000;
  }
});
