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

/** Longer than a busy machine adds to anything: who was answered from the origin was answered in time. */
const DEADLINE_MS = 15_000;
const ANI = '15550017';
const REQUESTS = 60;
/** By then the breaker has opened. */
const SETTLED = 20;
/** So often it lets one find out. */
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

/** One after the other, so that each pays for itself alone. */
async function askAround(requests = REQUESTS): Promise<TimedAnswer[]> {
  const answers: TimedAnswer[] = [];
  for (let at = 0; at < requests; at += 1) answers.push(await lookUpCustomer(url(), ANI));
  return answers;
}

/** Once in a while somebody finds out whether the store is back, and pays for that; nobody else does. */
async function judge(what: string, kind: string): Promise<TimedAnswer[]> {
  const unsettled = await askAround(SETTLED);
  const startMs = performance.now();
  const triedBefore = await counted(kind);
  const settled = await askAround(REQUESTS - SETTLED);
  const tried = (await counted(kind)) - triedBefore;
  const answers = [...unsettled, ...settled];
  report(what, {
    'max ms': Math.max(...answers.map(({ elapsedMs }) => elapsedMs)),
    [`tried from the ${SETTLED}th on`]: tried,
  });
  expect(tried).toBeLessThanOrEqual(1 + (performance.now() - startMs) / PROBE_EVERY_MS);
  return answers;
}

function answerAgain(): Promise<void> {
  redis.resume();
  return Promise.resolve();
}

/** An entry that only the store can have brought from one process to the other. */
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

describe('while Redis is away', () => {
  it.each([
    ['killed', 'connection', () => redis.kill(), () => redis.restart()],
    ['silent', 'timeout', () => redis.pause(), answerAgain],
  ])(
    '(%s) answers come from the origin in time, and Redis is used again when it is back',
    async (how, kind, lose, find) => {
      await untilShared(ANI);
      const calls = origin.count;

      await lose();
      const answers = await judge(`Redis ${how}`, kind);
      expect(countOutcomes(answers)).toEqual({ 'origin:': REQUESTS });
      expect(origin.count).toBe(calls + REQUESTS);

      await find();
      await untilShared('15550018');
    },
  );

  it.each([
    ['killed', 'connection', () => redis.kill()],
    ['silent', 'timeout', () => redis.pause()],
  ])('(%s) it stays ready, says that it is degraded, and counts what fails as %s', async (_how, kind, lose) => {
    const countedBefore = await counted(kind);
    await eventually(async () => expect((await get(`${url()}/health/ready`)).text).not.toContain('degraded'));
    await lose();
    await askAround();

    const ready = await get(`${url()}/health/ready`);
    expect(ready.status).toBe(200);
    expect(ready.text).toContain('degraded');
    expect(await counted(kind)).toBeGreaterThanOrEqual(countedBefore + 5);
    expect(await counted('breaker_open')).toBeGreaterThan(0);
  });

  it.each([
    ['killed', () => redis.kill()],
    ['silent', () => redis.pause()],
  ])('(%s) it says so although nobody asks for anything', async (_how, lose) => {
    await lose();

    await eventually(async () => expect((await get(`${url()}/health/ready`)).text).toContain('degraded'));
  });

  it.each([
    ['killed', () => redis.kill(), () => redis.restart()],
    ['silent', () => redis.pause(), answerAgain],
  ])('(%s) the log tells the hour it went and the hour it came back, once each', async (_how, lose, find) => {
    const told = (): unknown[] =>
      apps[0]?.logs.map(({ msg }) => msg).filter((msg) => String(msg).startsWith('Redis ')) ?? [];
    await lose();
    await eventually(() => expect(told()).toEqual([expect.stringMatching(/^Redis is unavailable/)]));
    await askAround();
    await find();
    await eventually(() => expect(told()).toEqual([expect.stringMatching(/unavailable/), 'Redis is available again']));
  });

  it('says that it is well again when the server is back, although nobody asks for anything', async () => {
    await redis.pause();
    await askAround();
    redis.resume();

    await eventually(async () => expect((await get(`${url()}/health/ready`)).text).not.toContain('degraded'));
  });
});

/** What was loading under a lease may be older than an invalidation nobody could hear of, so it is not joined; nor is the first load without it
 * by those who ask once it has begun. */
it('asks once more, and once again for who comes later, for what was being loaded when Redis went away', async () => {
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
