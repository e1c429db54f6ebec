import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/http.js';
import type { OpenHandles } from '../support/open-handles.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer, metric, report, countOutcomes, type TimedAnswer } from './parts/callers.js';
import { KEY_SECRET } from './parts/entries.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

/** Longer than any delay of a busy machine: an answer from the origin was in time. */
const DEADLINE_MS = 15_000;
const ANI = '15550017';
const REQUESTS = 60;
/** The number of requests after which the circuit breaker is open. */
const SETTLED = 20;
/** The interval in which the circuit breaker lets one probe pass. */
const PROBE_EVERY_MS = 250;

let before: OpenHandles;

let redis: TestRedis;
let origin: ScriptedOrigin;
let apps: TestApp[] = [];

beforeEach(async () => {
  redis = await startRedis();
  origin = await startOrigin(() => ({ results: [ADA] }));
  const env = { REDIS_URL: redis.url, KEY_SECRET, DEADLINE_MS: `${DEADLINE_MS}`, REDIS_TIMEOUT_MS: '50' };
  apps = [await startApp(declaration(origin.url), env), await startApp(declaration(origin.url), env)];
});
afterEach(async () => {
  redis.resume();
  for (const app of apps.splice(0)) await app.stop();
  await origin.stop();
  await redis.stop();
});

beforeAll(() => void (before = currentHandles()));
afterAll(() => untilHandlesClosed(before));

function url(index = 0): string {
  return apps[index]?.url ?? '';
}

const counted = (kind: string): Promise<number> =>
  metric(url(), `datadip_cache_errors_total{tier="redis",kind="${kind}"}`);

/** Sends requests one after another, so that no request waits for another request. */
async function askInSequence(requests = REQUESTS): Promise<TimedAnswer[]> {
  const answers: TimedAnswer[] = [];
  for (let at = 0; at < requests; at += 1) answers.push(await lookUpCustomer(url(), ANI));
  return answers;
}

/** After the circuit breaker has opened, only its probes may reach Redis. */
async function expectOnlyProbes(label: string, kind: string): Promise<TimedAnswer[]> {
  const unsettled = await askInSequence(SETTLED);
  const startMs = performance.now();
  const attemptsBefore = await counted(kind);
  const settled = await askInSequence(REQUESTS - SETTLED);
  const attempts = (await counted(kind)) - attemptsBefore;
  const answers = [...unsettled, ...settled];
  report(label, {
    'max ms': Math.max(...answers.map(({ elapsedMs }) => elapsedMs)),
    [`attempts from the ${SETTLED}th on`]: attempts,
  });
  expect(attempts).toBeLessThanOrEqual(1 + (performance.now() - startMs) / PROBE_EVERY_MS);
  return answers;
}

function resumeRedis(): Promise<void> {
  redis.resume();
  return Promise.resolve();
}

/** Waits until both processes hit the same entry, which only Redis can share. */
async function untilShared(ani: string): Promise<void> {
  await eventually(
    async () => {
      const calls = origin.count;
      for (const at of [0, 1]) expect((await lookUpCustomer(url(at), ani)).headers['x-cache']).toBe('HIT');
      expect(origin.count).toBe(calls);
    },
    { withinMs: 30_000 },
  );
}

describe('Datadip while Redis is unavailable', () => {
  it.each([
    ['killed', 'connection', () => redis.kill(), () => redis.restart()],
    ['silent', 'timeout', () => redis.pause(), resumeRedis],
  ])(
    'with Redis %s, callers get answers of the origin in time, and Redis is used again later',
    async (how, kind, stopRedis, restoreRedis) => {
      await untilShared(ANI);
      const calls = origin.count;

      await stopRedis();
      const answers = await expectOnlyProbes(`Redis ${how}`, kind);
      expect(countOutcomes(answers)).toEqual({ 'origin:': REQUESTS });
      expect(origin.count).toBe(calls + REQUESTS);

      await restoreRedis();
      await untilShared('15550018');
    },
  );

  it.each([
    ['killed', 'connection', () => redis.kill()],
    ['silent', 'timeout', () => redis.pause()],
  ])(
    'with Redis %s, a process stays ready, reports that it is degraded, and counts errors as %s',
    async (_how, kind, stopRedis) => {
      const countedBefore = await counted(kind);
      await eventually(async () => expect((await get(`${url()}/health/ready`)).text).not.toContain('degraded'));
      await stopRedis();
      await askInSequence();

      const ready = await get(`${url()}/health/ready`);
      expect(ready.status).toBe(200);
      expect(ready.text).toContain('degraded');
      expect(await metric(url(), 'datadip_store_up')).toBe(0);
      expect(await counted(kind)).toBeGreaterThanOrEqual(countedBefore + 5);
      expect(await counted('breaker_open')).toBeGreaterThan(0);
    },
  );

  it.each([
    ['killed', () => redis.kill()],
    ['silent', () => redis.pause()],
  ])('with Redis %s, a process reports that it is degraded, even without a request', async (_how, stopRedis) => {
    for (const name of ['datadip_store_up', 'datadip_message_channel_up'])
      await eventually(async () => expect(await metric(url(), name)).toBe(1));
    await stopRedis();
    for (const name of ['datadip_store_up', 'datadip_message_channel_up'])
      await eventually(async () => expect(await metric(url(), name)).toBe(0));

    await eventually(async () => expect((await get(`${url()}/health/ready`)).text).toContain('degraded'));
  });

  it.each([
    ['killed', () => redis.kill(), () => redis.restart()],
    ['silent', () => redis.pause(), resumeRedis],
  ])(
    'with Redis %s, a process logs the loss and the return of Redis once each',
    async (_how, stopRedis, restoreRedis) => {
      const logLines = (): unknown[] =>
        apps[0]?.logs.map(({ msg }) => msg).filter((msg) => String(msg).startsWith('Redis is ')) ?? [];
      await stopRedis();
      await eventually(() => expect(logLines()).toEqual([expect.stringMatching(/^Redis is unavailable/)]));
      await askInSequence();
      await restoreRedis();
      await eventually(() =>
        expect(logLines()).toEqual([expect.stringMatching(/unavailable/), 'Redis is available again']),
      );
    },
  );

  it('a process reports that it is no longer degraded when Redis is back, even without a request', async () => {
    await redis.pause();
    await askInSequence();
    redis.resume();

    await eventually(async () => expect((await get(`${url()}/health/ready`)).text).not.toContain('degraded'));
  });
});

/**
 * A load under a lease may be older than an invalidation whose message was lost. Therefore callers
 * do not join that load, nor a load without a lease that began before their requests.
 */
it('at most two more loads run for a key whose load was running when Redis was lost', async () => {
  const hold = origin.hold();
  const first = lookUpCustomer(url(), ANI);
  await hold.arrived(1);
  await redis.kill();
  const later = Promise.all(Array.from({ length: 20 }, () => lookUpCustomer(url(), ANI)));
  await eventually(async () => {
    expect(await metric(url(), 'datadip_cache_errors_total{tier="redis",kind="breaker_open"}')).toBeGreaterThan(10);
  });
  hold.open();

  expect(countOutcomes([await first, ...(await later)])).toEqual({ 'origin:': 21 });
  expect(origin.count).toBeLessThanOrEqual(3);
});
