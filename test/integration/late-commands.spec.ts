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
/** Its entry is in Redis from the start. */
const KNOWN = '15550018';
const AUGUSTA = { results: [{ ...ADA, firstName: 'Augusta' }] };
let before: OpenHandles;

let redis: TestRedis;
/** Stands before the first app alone, so that what it says can be held back while the second goes on. */
let proxy: ChaosProxy;
let origin: ScriptedOrigin;
let eyes: Redis;
let first: TestApp;
let second: TestApp;

beforeAll(() => void (before = currentHandles()));
beforeEach(async () => {
  redis = await startRedis();
  proxy = await startProxy(redis.port);
  eyes = openObserver(redis.url);
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
  eyes.disconnect();
  await origin.stop();
  await redis.stop();
});
afterAll(() => untilHandlesClosed(before));

/** The first app has loaded the old answer, and its wish to keep it is on the way; the origin says something newer since. */
async function holdBackAKeep(): Promise<void> {
  const hold = origin.hold();
  const asked = lookUpCustomer(first.url, ANI);
  await hold.arrived(1);
  origin.answer(AUGUSTA);
  await proxy.hang();
  hold.open();
  expect((await asked).json).toMatchObject({ source: 'origin', displayName: 'Ada Lovelace' });
}

/** Commands keep their order: once the first app hits again, what it had sent before has been carried out. */
async function untilDelivered(): Promise<void> {
  await proxy.pass();
  await eventually(async () => expect((await lookUpCustomer(first.url, KNOWN)).headers['x-cache']).toBe('HIT'));
}

/** One that nobody holds stands in the entry to its end, ten seconds after it ran out. */
function noLeaseIsLeft(key: string): Promise<void> {
  return eventually(async () => expect(await eyes.hget(key, 'l')).toBeNull(), { withinMs: 8000 });
}

async function leaseIsOver(): Promise<void> {
  await eventually(async () => {
    const [[seconds], until] = await Promise.all([eyes.time(), eyes.hget(KEY, 'u')]);
    expect(Number(until)).toBeLessThan(Number(seconds) * 1000);
  });
}

describe('a value that reaches Redis late', () => {
  it('is dropped when somebody else has kept a newer one', async () => {
    await holdBackAKeep();
    await leaseIsOver();
    expect((await lookUpCustomer(second.url, ANI)).json).toMatchObject({
      source: 'origin',
      displayName: 'Augusta Lovelace',
    });
    await untilDelivered();

    for (const { url } of [first, second]) {
      expect((await lookUpCustomer(url, ANI)).json).toMatchObject({ source: 'cache', displayName: 'Augusta Lovelace' });
    }
  });

  it('is dropped when somebody else is loading under the next lease', async () => {
    await holdBackAKeep();
    await leaseIsOver();
    const gate = new Gate();
    origin.answer(async ({ url }: OriginCall) => {
      if (url.includes(ANI)) await gate.wait();
      return AUGUSTA;
    });
    const calls = origin.count;
    const asked = lookUpCustomer(second.url, ANI);
    await eventually(() => expect(origin.count).toBe(calls + 1));
    await untilDelivered();
    expect(await eyes.hexists(KEY, 'v')).toBe(0);
    gate.open();

    expect((await asked).json).toMatchObject({ source: 'origin', displayName: 'Augusta Lovelace' });
    await eventually(async () => {
      expect((await lookUpCustomer(first.url, ANI)).json).toMatchObject({
        source: 'cache',
        displayName: 'Augusta Lovelace',
      });
    });
  });

  it('is dropped when the entry has been deleted', async () => {
    await holdBackAKeep();
    await eyes.del(KEY);
    await untilDelivered();

    expect(await eyes.exists(KEY)).toBe(0);
    expect((await lookUpCustomer(second.url, ANI)).json).toMatchObject({
      source: 'origin',
      displayName: 'Augusta Lovelace',
    });
  });

  it('may be kept when nobody came between, and nothing fails either way', async () => {
    const hold = origin.hold();
    const asked = lookUpCustomer(second.url, ANI);
    await hold.arrived(1);
    await redis.pause();
    hold.open();
    expect(outcomeOf(await asked)).toBe('origin:');
    redis.resume();

    await eventually(async () => expect((await lookUpCustomer(second.url, ANI)).headers['x-cache']).toBe('HIT'));
    expect((await lookUpCustomer(first.url, ANI)).json).toMatchObject({ source: 'cache', displayName: 'Ada Lovelace' });
  });
});

describe('a read that reaches Redis late', () => {
  it('leaves no lease behind that others would wait for', async () => {
    await redis.pause();
    expect(outcomeOf(await lookUpCustomer(second.url, ANI))).toBe('origin:');
    redis.resume();
    await eventually(async () => expect((await get(`${second.url}/health/ready`)).text).not.toContain('degraded'));
    await noLeaseIsLeft(KEY);
    expect(outcomeOf(await lookUpCustomer(second.url, ANI))).toMatch(/^(origin|cache):$/);
  });

  it('leaves none behind either when the breaker has opened meanwhile', async () => {
    await redis.pause();
    const keys = Array.from({ length: 10 }, (_, index) => `1555002000${index}`);
    for (const answer of await Promise.all(keys.map((ani) => lookUpCustomer(second.url, ani))))
      expect(outcomeOf(answer)).toBe('origin:');
    redis.resume();
    await eventually(async () => expect((await get(`${second.url}/health/ready`)).text).not.toContain('degraded'));
    await Promise.all(keys.map((ani) => noLeaseIsLeft(customerKey(ani))));
  });
});
