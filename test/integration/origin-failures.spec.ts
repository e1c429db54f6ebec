import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { randomInt } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, ADA_ANSWER, declaration, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { lookUpCustomer, callConcurrently, report, warmUp, outcomeOf, countOutcomes } from './parts/callers.js';
import { customerKey, openObserver, HEALTHY_STORE_ENV } from './parts/entries.js';

/** The deadline for tests in which the origin never answers. Other tests use a long deadline. */
const DEADLINE_MS = 600;
const PATIENT_MS = 20_000;
/** Far longer than the deadline, and far shorter than the timeout of the origin. */
const IN_TIME_MS = 10_000;
/** The longest backoff of a failed key is 1 s, reduced by up to a fifth. */
const SHORTEST_BACKOFF_MS = 800;

let origin: ScriptedOrigin;
let app: TestApp;
let observer: Redis;
/** Each test uses a new number, because the store is shared and its entries outlive a test. */
let next = randomInt(1e11, 9e11);

beforeAll(() => {
  observer = openObserver(sharedRedisUrl());
});
afterAll(() => observer.disconnect());

beforeEach(async () => {
  origin = await startOrigin();
  healthy();
});
afterEach(async () => {
  await app.stop();
  await origin.stop();
});

function healthy(): void {
  origin.answer({ results: [ADA] });
}

/** The default timeout is longer than the deadline, so that the deadline ends the wait. */
async function start(cache: Record<string, unknown> = {}, deadlineMs = PATIENT_MS, timeoutMs = 60_000): Promise<void> {
  const yaml = declaration(origin.url, { system: { timeoutMs }, cache });
  // Each app has a separate region, because a Retry-After of an origin outlives the process.
  const region = { REGION: randomUUID().slice(0, 8), REDIS_URL: sharedRedisUrl() };
  app = await startApp(yaml, { ...HEALTHY_STORE_ENV, ...region, DEADLINE_MS: `${deadlineMs}` });
  await warmUp(app.url);
}

function newNumber(): string {
  next += 1;
  return `${next}`;
}

interface Failure {
  readonly how: string;
  readonly breakOrigin: () => unknown;
  readonly error: string;
  /** The largest number of calls that the origin receives for one load. */
  readonly calls: number;
}

/** Each failure applies to every later call. */
const FAILURES: readonly Failure[] = [
  { how: 'refuses connections', breakOrigin: () => origin.refuse(), error: 'origin_error', calls: 0 },
  { how: 'accepts the call and sends nothing', breakOrigin: () => origin.hang(), error: 'origin_timeout', calls: 1 },
  { how: 'sends a byte every 50 ms', breakOrigin: () => origin.trickle(50), error: 'origin_timeout', calls: 1 },
  { how: 'closes the connection halfway', breakOrigin: () => origin.closeHalfway(), error: 'origin_error', calls: 1 },
  // A reset on a reused connection looks like an idle timeout of the origin, so Datadip repeats the
  // call once.
  { how: 'resets the connection', breakOrigin: () => origin.resetOnRequest(), error: 'origin_error', calls: 2 },
  { how: 'answers 500', breakOrigin: () => origin.fail(500), error: 'origin_error', calls: 1 },
  { how: 'answers 429', breakOrigin: () => origin.fail(429), error: 'origin_rate_limited', calls: 1 },
  { how: 'answers no JSON', breakOrigin: () => origin.text('<html>', 'text/html'), error: 'origin_error', calls: 1 },
  { how: 'sends an endless body', breakOrigin: () => origin.huge(3_000_000), error: 'origin_error', calls: 1 },
];

describe.each(FAILURES)('an origin that $how', ({ how, breakOrigin, error, calls }) => {
  it('a failing origin is called once for 50 callers, and all get an answer within the deadline', async () => {
    await start({}, error === 'origin_timeout' ? DEADLINE_MS : PATIENT_MS);
    await breakOrigin();
    const before = origin.count;
    const ani = newNumber();
    // After two earlier failures, the backoff is the longest one.
    await observer.hset(customerKey(ani), 'n', 2);
    await observer.pexpire(customerKey(ani), 60_000);
    const startMs = performance.now();
    const answers = await callConcurrently(50, () => lookUpCustomer(app.url, ani));
    const loads = 1 + Math.floor((performance.now() - startMs) / SHORTEST_BACKOFF_MS);

    const elapsedTimesMs = answers.map(({ elapsedMs }) => elapsedMs);
    report(`an origin that ${how}`, { 'max ms': Math.max(...elapsedTimesMs) });
    expect(Math.max(...elapsedTimesMs)).toBeLessThan(IN_TIME_MS);
    expect(countOutcomes(answers)).toEqual({ [`degraded:${error}`]: 50 });
    for (const { json } of answers) expect(json).toMatchObject(DEFAULT_ANSWER);
    expect(origin.count - before).toBeLessThanOrEqual(calls * loads);
  });

  it('a failing origin does not delay a stale answer', async () => {
    await start({ ttlMs: 1, staleMs: 600_000 });
    const ani = newNumber();
    expect(outcomeOf(await lookUpCustomer(app.url, ani))).toBe('origin:');
    await eventually(async () => expect(outcomeOf(await lookUpCustomer(app.url, ani))).toBe('stale:'));
    await breakOrigin();
    const answers = await callConcurrently(20, () => lookUpCustomer(app.url, ani));

    expect(countOutcomes(answers)).toEqual({ 'stale:': 20 });
    for (const { json } of answers) expect(json).toMatchObject(ADA_ANSWER);
    expect(Math.max(...answers.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(IN_TIME_MS);
  });

  it('a failing origin is called again after it has recovered', async () => {
    await start({}, PATIENT_MS, error === 'origin_timeout' ? 300 : PATIENT_MS);
    await breakOrigin();
    const ani = newNumber();
    expect(outcomeOf(await lookUpCustomer(app.url, ani))).toBe(`degraded:${error}`);
    healthy();
    await origin.listen().catch(() => 'the origin is still listening');

    await eventually(async () => {
      expect((await lookUpCustomer(app.url, ani)).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
    });
  });
});
