import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createHmac, randomUUID } from 'node:crypto';
import { StampedeGuard } from '../../src/cache/stampede-guard.js';
import { Clock } from '../../src/kernel/clock.js';
import { Hearing } from '../../src/messaging/hearing.js';
import { ADA } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { hear, type TestHeard } from '../support/hearing.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { newPhone, onStage, type Stage } from './stage.js';

const KEY_SECRET = `secret-${randomUUID()}`;
const T_MS = 10_000;
const env = { REDIS_URL: sharedRedisUrl(), KEY_SECRET, REDIS_TIMEOUT_MS: '1000' };

let redis: Redis;
beforeAll(() => {
  redis = new Redis(sharedRedisUrl());
});
afterAll(() => {
  redis.disconnect();
});

/** Starts a region among several. A test says with `heard` how far the region has heard. */
function onRegion(cache: Record<string, number>): { readonly stage: Stage; readonly heard: (what: TestHeard) => void } {
  const stage = onStage({ cache: { invalidatedWithinMs: T_MS, ...cache } }, env);
  beforeAll(() => stage.app.app.get(Hearing).switchOn());
  const heard = (what: TestHeard): void => hear(stage.app.app.get(Hearing), stage.app.app.get(Clock).nowMs(), what);
  beforeEach(() => heard({}));
  return { stage, heard };
}

const entryKey = (ani: string): string => {
  const hash = createHmac('sha256', KEY_SECRET).update(ani.slice(1)).digest('hex');
  return `cust:customer:10001:${hash}`;
};

/** Asks about a new caller, until the answer is stored. */
async function asked(stage: Stage): Promise<string> {
  const ani = newPhone();
  await stage.ask({ ani });
  await eventually(async () => expect(await redis.hexists(entryKey(ani), 'a')).toBe(1));
  return ani;
}

/** Makes the load of the stored value begin earlier. */
async function loadedLongAgo(ani: string): Promise<void> {
  expect(await redis.hset(entryKey(ani), 'a', Date.now() - 2 * T_MS)).toBe(0);
}

describe('a region that does not hear the others', () => {
  const { stage, heard } = onRegion({ nearTtlMs: 0 });

  it('serves an entry of long ago as long as it hears the others', async () => {
    const ani = await asked(stage);
    await loadedLongAgo(ani);
    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'cache' });
  });

  it('serves an entry whose load began within T', async () => {
    const ani = await asked(stage);
    heard({ ageMs: Infinity });
    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'cache' });
  });

  it('loads an entry of long ago once for all callers, and counts the refused reads', async () => {
    const ani = await asked(stage);
    await loadedLongAgo(ani);
    heard({ ageMs: Infinity });
    stage.origin.answer({ results: [{ ...ADA, firstName: 'Augusta' }] });
    const answers = await Promise.all(Array.from({ length: 20 }, () => stage.ask({ ani })));
    expect(new Set(answers.map(({ json }) => (json as { displayName: string }).displayName))).toEqual(
      new Set(['Augusta Lovelace']),
    );
    expect(stage.origin.count).toBe(2);
    await stage.askUntil('cache', { ani });
    const { text } = await stage.get('/metrics');
    expect(text).toMatch(/^datadip_cache_refused_by_age_total\{.*lookup="customer".*\} [1-9]/m);
  });

  it('answers degraded, and not with the value of long ago, if the origin fails', async () => {
    const ani = await asked(stage);
    await loadedLongAgo(ani);
    heard({ ageMs: T_MS + 5000 });
    stage.origin.fail(500);
    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'degraded', contactFound: false });
  });

  it('serves an entry of long ago again as soon as it hears the others', async () => {
    const ani = await asked(stage);
    await loadedLongAgo(ani);
    heard({ ageMs: Infinity });
    heard({ ageMs: 2000 });
    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'cache' });
    expect(stage.origin.count).toBe(1);
  });

  it('serves no entry whose load began before it missed records', async () => {
    const ani = await asked(stage);
    heard({ missedMsAgo: 0 });
    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'origin' });
    await stage.askUntil('cache', { ani });
  });
});

describe('a stale entry in a region that does not hear the others', () => {
  const { stage, heard } = onRegion({ ttlMs: 1, staleMs: 600_000 });

  it('is served within T only', async () => {
    const ani = await asked(stage);
    heard({ ageMs: Infinity });
    await stage.askUntil('stale', { ani });
    // The refresh after a stale answer stores a value of now.
    await eventually(() => expect(stage.app.app.get(StampedeGuard).runningLoads).toBe(0));
    await loadedLongAgo(ani);
    stage.origin.answer({ results: [{ ...ADA, firstName: 'Augusta' }] });
    expect((await stage.ask({ ani })).json).toMatchObject({ displayName: 'Augusta Lovelace' });
  });
});

describe('a near entry in a region that does not hear the others', () => {
  // Three heartbeats, the least that is allowed.
  const { stage } = onRegion({ nearTtlMs: 60_000, invalidatedWithinMs: 3000 });

  it('is served no longer than T after the region heard the others', async () => {
    const ani = await asked(stage);
    await redis.del(entryKey(ani));
    stage.origin.answer({ results: [{ ...ADA, firstName: 'Augusta' }] });
    const { json } = await stage.askUntil('origin', { ani });
    expect(json).toMatchObject({ displayName: 'Augusta Lovelace' });
  });
});
