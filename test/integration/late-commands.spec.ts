import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { get } from '../support/http.js';
import type { OpenHandles } from '../support/open-handles.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import { lookUpCustomer, outcomeOf } from './parts/callers.js';
import { customerKey, KEY_SECRET, openObserver } from './parts/entries.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

const ANI = '15550017';
const KEY = customerKey(ANI);
/** A number whose entry is in Redis from the start. */
const KNOWN = '15550018';
const AUGUSTA = { results: [{ ...ADA, firstName: 'Augusta' }] };
let before: OpenHandles;

let redis: TestRedis;
/** Only the first app uses the proxy, which delays its commands while the second app continues. */
let proxy: ChaosProxy;
let origin: ScriptedOrigin;
let observer: Redis;
let first: TestApp;
let second: TestApp;

beforeAll(() => void (before = currentHandles()));
beforeEach(async () => {
  redis = await startRedis();
  proxy = await startProxy(redis.port);
  observer = openObserver(redis.url);
  origin = await startOrigin(() => ({ results: [ADA] }));
  const env = { KEY_SECRET, DEADLINE_MS: '15000', REDIS_TIMEOUT_MS: '500' };
  first = await startApp(declaration(origin.url), { ...env, REDIS_URL: proxy.url() });
  second = await startApp(declaration(origin.url), { ...env, REDIS_URL: redis.url });
  await lookUpCustomer(second.url, KNOWN);
});
afterEach(async () => {
  redis.resume();
  await proxy.pass();
  await proxy.stop();
  for (const app of [first, second]) await app.stop();
  observer.disconnect();
  await origin.stop();
  await redis.stop();
});
afterAll(() => untilHandlesClosed(before));

/**
 * The first app loads the old answer, and the proxy delays the write of its entry. The origin then
 * returns a newer answer.
 */
async function delayWrite(): Promise<void> {
  const hold = origin.hold();
  const pending = lookUpCustomer(first.url, ANI);
  await hold.arrived(1);
  origin.answer(AUGUSTA);
  await proxy.hang();
  hold.open();
  expect((await pending).json).toMatchObject({ source: 'origin', displayName: 'Ada Lovelace' });
}

/** Commands keep their order: after a hit in the first app, Redis has run its earlier commands. */
async function untilDelivered(): Promise<void> {
  await proxy.pass();
  await eventually(async () => expect((await lookUpCustomer(first.url, KNOWN)).headers['x-cache']).toBe('HIT'));
}

/** An abandoned lease stays in its entry for ten more seconds: 8 s prove that it was released. */
function untilNoLease(key: string): Promise<void> {
  return eventually(async () => expect(await observer.hget(key, 'l')).toBeNull(), { withinMs: 8000 });
}

async function untilLeaseExpired(): Promise<void> {
  await eventually(async () => {
    const [[seconds], until] = await Promise.all([observer.time(), observer.hget(KEY, 'u')]);
    expect(Number(until)).toBeLessThan(Number(seconds) * 1000);
  });
}

describe('a delayed write', () => {
  it('a delayed write is discarded if another process has stored a newer value', async () => {
    await delayWrite();
    await untilLeaseExpired();
    expect((await lookUpCustomer(second.url, ANI)).json).toMatchObject({
      source: 'origin',
      displayName: 'Augusta Lovelace',
    });
    await untilDelivered();

    for (const { url } of [first, second]) {
      expect((await lookUpCustomer(url, ANI)).json).toMatchObject({ source: 'cache', displayName: 'Augusta Lovelace' });
    }
  });

  it('a delayed write is discarded if another process loads under the next lease', async () => {
    await delayWrite();
    await untilLeaseExpired();
    const gate = new Gate();
    origin.answer(async ({ url }: OriginCall) => {
      if (url.includes(ANI)) await gate.wait();
      return AUGUSTA;
    });
    const calls = origin.count;
    const pending = lookUpCustomer(second.url, ANI);
    await eventually(() => expect(origin.count).toBe(calls + 1));
    await untilDelivered();
    expect(await observer.hexists(KEY, 'v')).toBe(0);
    gate.open();

    expect((await pending).json).toMatchObject({ source: 'origin', displayName: 'Augusta Lovelace' });
    await eventually(async () => {
      expect((await lookUpCustomer(first.url, ANI)).json).toMatchObject({
        source: 'cache',
        displayName: 'Augusta Lovelace',
      });
    });
  });

  it('a delayed write is discarded if the entry has been deleted', async () => {
    await delayWrite();
    await observer.del(KEY);
    await untilDelivered();

    expect(await observer.exists(KEY)).toBe(0);
    expect((await lookUpCustomer(second.url, ANI)).json).toMatchObject({
      source: 'origin',
      displayName: 'Augusta Lovelace',
    });
  });

  it('a delayed write causes no error if no other process has loaded the entry', async () => {
    const hold = origin.hold();
    const pending = lookUpCustomer(second.url, ANI);
    await hold.arrived(1);
    await redis.pause();
    hold.open();
    expect(outcomeOf(await pending)).toBe('origin:');
    redis.resume();

    await eventually(async () => expect((await lookUpCustomer(second.url, ANI)).headers['x-cache']).toBe('HIT'));
    expect((await lookUpCustomer(first.url, ANI)).json).toMatchObject({ source: 'cache', displayName: 'Ada Lovelace' });
  });
});

describe('a delayed read', () => {
  it('a delayed read leaves no lease behind', async () => {
    await redis.pause();
    expect(outcomeOf(await lookUpCustomer(second.url, ANI))).toBe('origin:');
    redis.resume();
    await eventually(async () => expect((await get(`${second.url}/health/ready`)).text).not.toContain('degraded'));
    await untilNoLease(KEY);
    expect(outcomeOf(await lookUpCustomer(second.url, ANI))).toMatch(/^(origin|cache):$/);
  });

  it('a delayed read leaves no lease behind if the circuit breaker opened before its reply', async () => {
    await redis.pause();
    const keys = Array.from({ length: 10 }, (_, index) => `1555002000${index}`);
    for (const answer of await Promise.all(keys.map((ani) => lookUpCustomer(second.url, ani))))
      expect(outcomeOf(answer)).toBe('origin:');
    redis.resume();
    await eventually(async () => expect((await get(`${second.url}/health/ready`)).text).not.toContain('degraded'));
    await Promise.all(keys.map((ani) => untilNoLease(customerKey(ani))));
  });
});
