import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createHmac, randomUUID } from 'node:crypto';
import { ADA, ADA_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { newPhone, onStage } from './stage.js';

const KEY_SECRET = `secret-${randomUUID()}`;
const env = () => ({ REDIS_URL: sharedRedisUrl(), KEY_SECRET, REDIS_TIMEOUT_MS: '1000' });

let redis: Redis;
beforeAll(() => {
  redis = new Redis(sharedRedisUrl());
});
afterAll(() => {
  redis.disconnect();
});

/** Deletes an entry from Redis, so that only the near cache can still answer. */
async function deleteFromRedis(ani: string): Promise<void> {
  const hash = createHmac('sha256', KEY_SECRET).update(ani.slice(1)).digest('hex');
  expect(await redis.del(`cust:customer:10001:${hash}`)).toBe(1);
}

describe('the near cache', () => {
  const stage = onStage({ cache: { nearTtlMs: 60_000 } }, env);

  /**
   * Fills the near cache, deletes the entry from Redis, and returns the next answer.
   *
   * A process that hears no heartbeat for a moment deletes its copies. On a busy machine this can
   * happen between the two dips, so a number without a copy is given up for a new one.
   */
  const askNear = () =>
    eventually(async () => {
      const ani = newPhone();
      await stage.ask({ ani });
      await stage.askUntil('cache', { ani });
      await deleteFromRedis(ani);
      const calls = stage.origin.count;
      const answer = await stage.ask({ ani });
      expect([answer.json?.source, stage.origin.count - calls]).toEqual(['cache', 0]);
      return answer;
    });

  it('answers a near entry without a call to Redis', async () => {
    const { headers, json } = await askNear();

    expect(headers['x-cache']).toBe('HIT');
    expect(json).toMatchObject({ ...ADA_ANSWER, source: 'cache', cacheHit: true });
  });

  it('answers a near "not found" entry without a call to Redis', async () => {
    stage.origin.answer({ results: [] });

    expect((await askNear()).json).toMatchObject({ contactFound: false, source: 'cache' });
  });
});

describe('a near entry older than its near TTL', () => {
  const stage = onStage({ cache: { nearTtlMs: 150 } }, env);

  it('answers no near entry older than its near TTL', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani });
    stage.origin.answer({ results: [{ ...ADA, firstName: 'Augusta' }] });
    await deleteFromRedis(ani);

    expect((await stage.askUntil('origin', { ani })).json).toMatchObject({ displayName: 'Augusta Lovelace' });
  });
});

describe('a near entry with a TTL shorter than its near TTL', () => {
  const stage = onStage({ cache: { ttlMs: 100, staleMs: 0, nearTtlMs: 60_000 } }, env);

  it('answers no near entry older than the TTL of the entry', async () => {
    const ani = newPhone();
    await stage.ask({ ani });

    await eventually(async () => {
      await stage.ask({ ani });
      expect(stage.origin.count).toBeGreaterThan(1);
    });
  });
});

describe('a lookup with a near TTL of 0', () => {
  const stage = onStage({ cache: { nearTtlMs: 0 } }, env);

  it('answers from Redis when the near TTL is 0', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani });
    await deleteFromRedis(ani);

    expect((await stage.ask({ ani })).json).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
    expect(stage.origin.count).toBe(2);
  });
});

describe('a near cache with room for 0 entries', () => {
  const stage = onStage({ cache: { nearTtlMs: 60_000 } }, () => ({ ...env(), NEAR_MAX_ENTRIES: '0' }));

  it('answers from Redis when the near cache has room for 0 entries', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani });
    await deleteFromRedis(ani);

    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'origin' });
  });
});
