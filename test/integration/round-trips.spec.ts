import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import { lookUpCustomer, warmUp } from './parts/callers.js';

/**
 * The line delays each chunk in both directions, so a round trip takes at least twice this time. A
 * slow machine or a heartbeat only adds time: a single short answer is proof. Two round trips take
 * less time than an answer waits for the store.
 */
const DELAY_MS = 12;
const ROUND_TRIP_MS = 2 * DELAY_MS;
const ENV = { REDIS_TIMEOUT_MS: '1000', DEADLINE_MS: '15000' };

let redis: TestRedis;
let line: ChaosProxy;
let origin: ScriptedOrigin;
const apps: TestApp[] = [];
let callers = 0;

beforeAll(async () => {
  redis = await startRedis();
  line = await startProxy(redis.port);
  origin = await startOrigin(() => ({ results: [ADA] }));
});
afterAll(async () => {
  await line.pass();
  for (const app of apps) await app.stop();
  await origin.stop();
  await line.stop();
  await redis.stop();
});

/** A process whose requests of before have compiled its code. */
async function start(limits: Record<string, unknown>): Promise<TestApp> {
  await line.pass();
  const app = await startApp(declaration(origin.url, { system: { limits } }), { REDIS_URL: line.url(), ...ENV });
  apps.push(app);
  await warmUp(app.url);
  return app;
}

/** The duration of one miss, after another that the process has just had. */
async function missMs({ url }: TestApp): Promise<number> {
  const miss = async (): Promise<number> => {
    callers += 1;
    const startMs = performance.now();
    const { headers, json } = await lookUpCustomer(url, `1555${String(callers).padStart(4, '0')}`);
    expect(headers['x-cache']).toBe('MISS');
    expect(json).toMatchObject({ customerId: ADA.id });
    return performance.now() - startMs;
  };
  await miss();
  return miss();
}

describe('a miss on a single Redis', () => {
  it('takes two round trips: one before the call of the origin, and one after it', async () => {
    const app = await start({});
    await line.delay(DELAY_MS);
    const shortestMs = await eventually(async () => {
      const tookMs = await missMs(app);
      expect(tookMs).toBeLessThan(3 * ROUND_TRIP_MS);
      return tookMs;
    });
    expect(shortestMs).toBeGreaterThanOrEqual(2 * ROUND_TRIP_MS);
  });

  it('takes a third round trip if the calls of the origin are limited', async () => {
    const app = await start({ maxPerSecond: 1000 });
    await line.delay(DELAY_MS);
    const shortestMs = await eventually(async () => {
      const tookMs = await missMs(app);
      expect(tookMs).toBeLessThan(4 * ROUND_TRIP_MS);
      return tookMs;
    });
    expect(shortestMs).toBeGreaterThanOrEqual(3 * ROUND_TRIP_MS);
  });
});
