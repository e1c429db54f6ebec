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

/** Takes an entry out of the store, so that only a copy in the process can still answer. */
async function dropFromStore(ani: string): Promise<void> {
  const hash = createHmac('sha256', KEY_SECRET).update(ani.slice(1)).digest('hex');
  expect(await redis.del(`cust:customer:10001:${hash}`)).toBe(1);
}

describe('with a near time, a copy in the process', () => {
  const stage = onStage({ cache: { nearTtlMs: 60_000 } }, env);

  it('answers without the store', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani });
    await dropFromStore(ani);
    const { headers, json } = await stage.ask({ ani });

    expect(headers['x-cache']).toBe('HIT');
    expect(json).toMatchObject({ ...ADA_ANSWER, source: 'cache', cacheHit: true });
    expect(stage.origin.count).toBe(1);
  });

  it('answers that a caller is unknown, too', async () => {
    const ani = newPhone();
    stage.origin.answer({ results: [] });
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani });
    await dropFromStore(ani);

    expect((await stage.ask({ ani })).json).toMatchObject({ contactFound: false, source: 'cache' });
  });
});

describe('a copy in the process past its near time', () => {
  const stage = onStage({ cache: { nearTtlMs: 150 } }, env);

  it('does not answer any more', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani });
    stage.origin.answer({ results: [{ ...ADA, firstName: 'Augusta' }] });
    await dropFromStore(ani);

    expect((await stage.askUntil('origin', { ani })).json).toMatchObject({ displayName: 'Augusta Lovelace' });
  });
});

describe('a copy in the process of an entry that is fresh for less than its near time', () => {
  const stage = onStage({ cache: { ttlMs: 100, staleMs: 0, nearTtlMs: 60_000 } }, env);

  it('answers no longer than the entry', async () => {
    const ani = newPhone();
    await stage.ask({ ani });

    await eventually(async () => {
      await stage.ask({ ani });
      expect(stage.origin.count).toBeGreaterThan(1);
    });
  });
});

describe('without a near time', () => {
  const stage = onStage({ cache: { nearTtlMs: 0 } }, env);

  it('every answer comes from the store', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani });
    await dropFromStore(ani);

    expect((await stage.ask({ ani })).json).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
    expect(stage.origin.count).toBe(2);
  });
});

describe('with room for no copies', () => {
  const stage = onStage({ cache: { nearTtlMs: 60_000 } }, () => ({ ...env(), NEAR_MAX_ENTRIES: '0' }));

  it('every answer comes from the store', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.askUntil('cache', { ani });
    await dropFromStore(ani);

    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'origin' });
  });
});
