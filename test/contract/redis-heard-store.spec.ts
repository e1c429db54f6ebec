import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Redis } from '../../src/platform/redis/redis.js';
import { RedisHeardStore } from '../../src/regions/internal/redis-heard-store.js';
import { createRedis } from '../support/create-redis.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { heardStoreContract } from './heard-store.contract.js';

describe('RedisHeardStore', () => {
  let redis: Redis;
  beforeAll(async () => {
    redis = createRedis([sharedRedisUrl()], { timeoutMs: 2000 });
    await redis.connected();
  });
  afterAll(() => redis.close());

  const open = (region: string): RedisHeardStore => {
    if (redis.connection === undefined) throw new Error('no Redis is configured');
    return new RedisHeardStore(redis.connection, region);
  };
  heardStoreContract(() => Promise.resolve(open(`r-${randomUUID().slice(0, 8)}`)));

  it('expires a month after the last heartbeat', async () => {
    const region = `r-${randomUUID().slice(0, 8)}`;
    const store = open(region);
    await store.beginHeartbeat();
    await store.declare([{ topic: 'customer.updated', partition: 0 }], 0);
    for (const key of [`heard:{${region}}`, `region-store:{${region}}`])
      expect(await redis.connection?.run((client) => client.pttl(key), key)).toBeGreaterThan(29 * 86_400_000);
  });

  it('forgets a region that was not heard for eight days', async () => {
    const region = `r-${randomUUID().slice(0, 8)}`;
    const at = { topic: 'agent.status.change', partition: 0 } as const;
    const store = open(region);
    const { nowMs } = await store.beginHeartbeat();
    const sign = { region: 'eu', writtenAfterMs: nowMs - 9 * 86_400_000, store: 's', key: 'k', homes: 'h' };
    await store.note({ at, ownMs: undefined, store: '', afterGap: false, doubt: undefined, signs: [sign] });
    expect([...(await store.read()).table.fields.keys()]).toContain('sign:eu');
    await store.declare([at], 0);
    expect([...(await store.read()).table.fields.keys()]).not.toContain('sign:eu');
  });
});
