import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer, callConcurrently, report, warmUp, countOutcomes } from './parts/callers.js';
import { HEALTHY_STORE_ENV } from './parts/entries.js';

const DEADLINE_MS = 1500;
/** Far longer than the deadline, and far shorter than the timeout of the origin. */
const IN_TIME_MS = 10_000;
const ANI = '15550017';

/** No shared server: an invalidation of the tenant by another test ends the sharing of a load. */
let redis: TestRedis;
let origin: ScriptedOrigin;
let app: TestApp;
/** The number of calls before the test began. */
let calls: number;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  origin = await startOrigin(() => ({ results: [ADA] }));
  const yaml = declaration(origin.url, { system: { timeoutMs: 60_000 } });
  const env = { ...HEALTHY_STORE_ENV, KEY_SECRET: crypto.randomUUID(), DEADLINE_MS: `${DEADLINE_MS}` };
  app = await startApp(yaml, { ...env, REDIS_URL: redis.url });
  await warmUp(app.url);
  calls = origin.count;
});
afterEach(async () => {
  await app.stop();
  await origin.stop();
});

describe('a load that takes longer than the deadline', () => {
  it('a slow load continues in the background after the deadline, and answers the next caller', async () => {
    const hold = origin.hold();
    const answers = await callConcurrently(50, () => lookUpCustomer(app.url, ANI));
    const longestMs = Math.max(...answers.map(({ elapsedMs }) => elapsedMs));
    report('a slow origin', {
      'max ms': longestMs,
      'by its own count': Math.max(...answers.map(({ json }) => Number(json?.latencyMs))),
    });
    expect(countOutcomes(answers)).toEqual({ 'degraded:origin_timeout': 50 });
    expect(longestMs).toBeGreaterThanOrEqual(DEADLINE_MS - 50);
    expect(longestMs).toBeLessThan(IN_TIME_MS);
    hold.open();

    await eventually(async () => {
      expect((await lookUpCustomer(app.url, ANI)).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
    });
    expect(origin.count).toBe(calls + 1);
  });

  it('a slow load is joined by later callers for longer than one lease', async () => {
    const hold = origin.hold();
    for (let wave = 0; wave < 2; wave += 1) {
      expect(countOutcomes(await callConcurrently(5, () => lookUpCustomer(app.url, ANI)))).toEqual({
        'degraded:origin_timeout': 5,
      });
    }
    expect(origin.count).toBe(calls + 1);
    const last = lookUpCustomer(app.url, ANI);
    hold.open();

    expect((await last).json).toMatchObject(ADA_ANSWER);
    expect(origin.count).toBe(calls + 1);
  });
});
