import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startApp } from '../support/app.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer, callConcurrently, metric, report, countOutcomes } from './parts/callers.js';
import { customerKey, KEY_SECRET, openObserver } from './parts/entries.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

/** The warm-up may take 3 s. The rest is for a busy machine. */
const READY_WITHIN_MS = 20_000;

let redis: TestRedis;
let origin: ScriptedOrigin;
let datadip: DatadipProcess | undefined;

/** Reserves a port whose Redis refuses connections. */
beforeEach(async () => {
  redis = await startRedis();
  await redis.kill();
  origin = await startOrigin(() => ({ results: [ADA] }));
});
afterEach(async () => {
  await datadip?.stop();
  await origin.stop();
  await redis.stop();
});

it('a process answers from the origin until Redis starts, and then uses Redis', async () => {
  const env = { REDIS_URL: redis.url, KEY_SECRET, REDIS_TIMEOUT_MS: '500', DEADLINE_MS: '15000' };
  datadip = await startDatadip({ yaml: declaration(origin.url), env, waitFor: 'listening' });
  const { url } = datadip;
  const listeningAtMs = performance.now();
  await eventually(async () => expect((await get(`${url}/health/ready`)).status).toBe(200), {
    withinMs: 2 * READY_WITHIN_MS,
  });
  const readyAfterMs = performance.now() - listeningAtMs;
  report('ready without Redis, ms', { '': readyAfterMs });
  expect(readyAfterMs).toBeLessThan(READY_WITHIN_MS);
  expect((await get(`${url}/health/ready`)).text).toContain('degraded');

  const hold = origin.hold();
  const pending = callConcurrently(50, () => lookUpCustomer(url, '15550017'));
  await hold.arrived(1);
  hold.open();
  const answers = await pending;
  expect(countOutcomes(answers)).toEqual({ 'origin:': 50 });
  for (const { json } of answers) expect(json).toMatchObject(ADA_ANSWER);
  // A caller that came after the end of the load started the next load, never a concurrent one.
  expect(origin.peak).toBe(1);
  expect(await metric(url, 'datadip_cache_errors_total{tier="redis",kind="connection"}')).toBeGreaterThan(0);

  await redis.restart();
  const observer = openObserver(redis.url);
  await eventually(async () => {
    await lookUpCustomer(url, '15550018');
    expect(await observer.hexists(customerKey('15550018'), 'v')).toBe(1);
  });
  expect((await lookUpCustomer(url, '15550018')).headers['x-cache']).toBe('HIT');
  observer.disconnect();
});

it('a process leaves no handle open if it stops before Redis has started', async () => {
  const before = currentHandles();
  const app = await startApp(declaration(origin.url), { REDIS_URL: redis.url });
  await app.stop();

  await untilHandlesClosed(before);
});

it('a process counts no Redis failures if Redis is available from the start', async () => {
  await redis.restart();
  datadip = await startDatadip({ yaml: declaration(origin.url), env: { REDIS_URL: redis.url, KEY_SECRET } });
  const failures = (kind: string): Promise<number> =>
    metric(datadip?.url ?? '', `datadip_cache_errors_total{tier="redis",kind="${kind}"}`);

  // A busy process may count its first probes. Each fails if no connection is open after 250 ms.
  expect(await failures('connection')).toBeLessThanOrEqual(4);
  expect(await failures('breaker_open')).toBe(0);
});
