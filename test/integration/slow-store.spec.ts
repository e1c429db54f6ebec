import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { ADA, declaration } from '../support/declaration.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer, report, warmUp } from './parts/callers.js';
import { KEY_SECRET } from './parts/entries.js';

const DEADLINE_MS = 300;
/** The longest allowed timeout, and longer than any caller waits. */
const REDIS_TIMEOUT_MS = 1000;
const KNOWN = '15550017';

let redis: TestRedis;
let origin: ScriptedOrigin;
let app: TestApp;

beforeEach(async () => {
  redis = await startRedis();
  origin = await startOrigin(() => ({ results: [ADA] }));
  const env = { KEY_SECRET, DEADLINE_MS: `${DEADLINE_MS}`, REDIS_TIMEOUT_MS: `${REDIS_TIMEOUT_MS}` };
  app = await startApp(declaration(origin.url), { REDIS_URL: redis.url, ...env });
  await warmUp(app.url);
});
afterEach(async () => {
  redis.resume();
  await app.stop();
  await origin.stop();
  await redis.stop();
});

const untilHit = () =>
  eventually(async () => expect((await lookUpCustomer(app.url, KNOWN)).headers['x-cache']).toBe('HIT'));

/**
 * A busy machine only delays an answer. A single answer before the timeout of Redis proves that
 * callers do not wait for Redis.
 */
it('a silent Redis delays no caller beyond the deadline, although its timeout is longer', async () => {
  await eventually(async () => {
    await untilHit();
    await redis.pause();
    const { status, elapsedMs } = await lookUpCustomer(app.url, KNOWN);
    redis.resume();

    report('a silent store, ms', { '': elapsedMs });
    expect(status).toBe(200);
    expect(elapsedMs).toBeLessThan(REDIS_TIMEOUT_MS);
  });
});
