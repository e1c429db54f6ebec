import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/http.js';
import type { OpenHandles } from '../support/open-handles.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import { lookUpCustomer, metric, report, countOutcomes, type TimedAnswer } from './parts/callers.js';
import { KEY_SECRET } from './parts/entries.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

/** Longer than any delay of a busy machine: an answer with data was in time. */
const DEADLINE_MS = 15_000;
const ANI = '15550017';
let before: OpenHandles;

let redis: TestRedis;
let proxy: ChaosProxy;
let origin: ScriptedOrigin;
let app: TestApp;

beforeEach(async () => {
  redis = await startRedis();
  proxy = await startProxy(redis.port);
  origin = await startOrigin(() => ({ results: [ADA] }));
});
afterEach(async () => {
  await proxy.pass();
  await proxy.stop();
  await app.stop();
  await origin.stop();
  await redis.stop();
});
beforeAll(() => void (before = currentHandles()));
afterAll(() => untilHandlesClosed(before));

/** Starts an app, and stores the entry of `ANI` in Redis. */
async function start(redisTimeoutMs = 50): Promise<void> {
  const env = { KEY_SECRET, DEADLINE_MS: `${DEADLINE_MS}`, REDIS_TIMEOUT_MS: `${redisTimeoutMs}` };
  app = await startApp(declaration(origin.url), { REDIS_URL: proxy.url(), ...env });
  await untilHit();
}

async function untilHit(withinMs = 30_000): Promise<void> {
  await eventually(async () => expect((await lookUpCustomer(app.url, ANI)).headers['x-cache']).toBe('HIT'), {
    withinMs,
  });
}

async function askInSequence(requests = 30): Promise<TimedAnswer[]> {
  const answers: TimedAnswer[] = [];
  for (let at = 0; at < requests; at += 1) answers.push(await lookUpCustomer(app.url, ANI));
  return answers;
}

function expectInTime(label: string, answers: readonly TimedAnswer[]): void {
  const longestMs = Math.max(...answers.map(({ elapsedMs }) => elapsedMs));
  report(label, { 'max ms': longestMs });
  expect(longestMs).toBeLessThan(DEADLINE_MS);
}

function errors(kind: string): Promise<number> {
  return metric(app.url, `datadip_cache_errors_total{tier="redis",kind="${kind}"}`);
}

describe('Datadip with a disturbed network to Redis', () => {
  it('answers from the origin while the connections to Redis are silent, and hits again afterwards', async () => {
    await start();
    await proxy.hang();
    const answers = await askInSequence();

    expectInTime('silent', answers);
    expect(countOutcomes(answers)).toEqual({ 'origin:': 30 });
    expect(await errors('timeout')).toBeGreaterThanOrEqual(5);
    await proxy.pass();
    await untilHit();
  });

  it('answers all callers when connections to Redis break, and opens new connections', async () => {
    await start();
    proxy.cut();
    const answers = await askInSequence();

    expectInTime('cut', answers);
    for (const { json } of answers) expect(json).toMatchObject({ customerId: 'c-17', error: '' });
    await untilHit();
  });

  it('answers 50 concurrent callers when connections to Redis break', async () => {
    await start();
    const pending = Promise.all(Array.from({ length: 50 }, () => lookUpCustomer(app.url, ANI)));
    proxy.cut();
    const answers = await pending;

    expectInTime('cut in a herd', answers);
    for (const { json } of answers) expect(json).toMatchObject({ customerId: 'c-17', error: '' });
    await untilHit();
  });

  it('answers from the origin while Redis refuses connections, and hits again afterwards', async () => {
    await start();
    await proxy.refuse();
    const answers = await askInSequence();

    expectInTime('refused', answers);
    expect(countOutcomes(answers)).toEqual({ 'origin:': 30 });
    expect(await errors('connection')).toBeGreaterThanOrEqual(5);
    expect((await get(`${app.url}/health/ready`)).status).toBe(200);
    await proxy.pass();
    await untilHit();
  });

  it('answers from Redis if the network delay is shorter than the command timeout', async () => {
    await start(1000);
    await proxy.delay(30);
    const answers = await askInSequence(10);

    expectInTime('30 ms each way', answers);
    expect(countOutcomes(answers)).toEqual({ 'cache:': 10 });
    expect(await errors('timeout')).toBe(0);
  });

  it('answers from the origin if the network delay is longer than the command timeout', async () => {
    await start(300);
    await proxy.delay(500);
    const answers = await askInSequence(10);

    expectInTime('500 ms each way', answers);
    expect(countOutcomes(answers)).toEqual({ 'origin:': 10 });
    expect(await errors('timeout')).toBeGreaterThanOrEqual(5);
    await proxy.pass();
    await untilHit();
  });
});
