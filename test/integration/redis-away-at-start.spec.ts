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

/** Warming up is given 3 s; the rest is for a busy machine. */
const READY_WITHIN_MS = 20_000;

let redis: TestRedis;
let origin: ScriptedOrigin;
let datadip: DatadipProcess | undefined;

/** A port that belongs to a Redis of ours, and refuses. */
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

it('serves from the origin while Redis was never there, and uses it once it is', async () => {
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
  const waiting = callConcurrently(50, () => lookUpCustomer(url, '15550017'));
  await hold.arrived(1);
  hold.open();
  const answers = await waiting;
  expect(countOutcomes(answers)).toEqual({ 'origin:': 50 });
  for (const { json } of answers) expect(json).toMatchObject(ADA_ANSWER);
  // Whoever came after the load had ended asked again; nobody asked beside it.
  expect(origin.peak).toBe(1);
  expect(await metric(url, 'datadip_cache_errors_total{tier="redis",kind="connection"}')).toBeGreaterThan(0);

  await redis.restart();
  const eyes = openObserver(redis.url);
  await eventually(async () => {
    await lookUpCustomer(url, '15550018');
    expect(await eyes.hexists(customerKey('15550018'), 'v')).toBe(1);
  });
  expect((await lookUpCustomer(url, '15550018')).headers['x-cache']).toBe('HIT');
  eyes.disconnect();
});

it('leaves nothing behind when it is stopped before Redis was ever there', async () => {
  const before = currentHandles();
  const app = await startApp(declaration(origin.url), { REDIS_URL: redis.url });
  await app.stop();

  await untilHandlesClosed(before);
});

it('counts no failures where Redis was there all along', async () => {
  await redis.restart();
  datadip = await startDatadip({ yaml: declaration(origin.url), env: { REDIS_URL: redis.url, KEY_SECRET } });
  const failures = (kind: string): Promise<number> =>
    metric(datadip?.url ?? '', `datadip_cache_errors_total{tier="redis",kind="${kind}"}`);

  // One at the most: the probe of a process so busy with starting that its connection is not open after 250 ms.
  expect(await failures('connection')).toBeLessThanOrEqual(1);
  expect(await failures('breaker_open')).toBe(0);
});
