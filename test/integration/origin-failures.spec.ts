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

/** For who waits in vain; who is answered has time enough, so that a pause of the machine is not taken for the origin's. */
const DEADLINE_MS = 600;
const PATIENT_MS = 20_000;
/** Far from the deadline, and from what the origin would be waited for. */
const IN_TIME_MS = 10_000;
/** A failed key is left alone for a second in the end, less up to a fifth. */
const SHORTEST_PAUSE_MS = 800;

let origin: ScriptedOrigin;
let app: TestApp;
let eyes: Redis;
/** A number of its own for each question: the store is shared, and its entries outlive a test. */
let next = randomInt(1e11, 9e11);

beforeAll(() => {
  eyes = openObserver(sharedRedisUrl());
});
afterAll(() => eyes.disconnect());

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

/** A time-out longer than the deadline, so that it is the deadline that ends the wait. */
async function start(cache: Record<string, unknown> = {}, deadlineMs = PATIENT_MS, timeoutMs = 60_000): Promise<void> {
  const yaml = declaration(origin.url, { system: { timeoutMs }, cache });
  // A region of its own: what an origin asks of a region outlives the process that heard it.
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
  readonly breakIt: () => unknown;
  readonly says: string;
  /** The most calls the origin sees of one load: none where nobody is at home. */
  readonly calls: number;
}

/** Each as the origin does it to every call from then on. */
const FAILURES: readonly Failure[] = [
  { how: 'refuses connections', breakIt: () => origin.refuse(), says: 'origin_error', calls: 0 },
  { how: 'takes the call and says nothing', breakIt: () => origin.hang(), says: 'origin_timeout', calls: 1 },
  { how: 'sends a byte each 50 ms', breakIt: () => origin.trickle(50), says: 'origin_timeout', calls: 1 },
  { how: 'closes half-way', breakIt: () => origin.closeHalfway(), says: 'origin_error', calls: 1 },
  // On a connection used before it looks like one the origin had closed in the meantime, which is asked once more.
  { how: 'resets the connection', breakIt: () => origin.resetOnRequest(), says: 'origin_error', calls: 2 },
  { how: 'answers 500', breakIt: () => origin.fail(500), says: 'origin_error', calls: 1 },
  { how: 'answers 429', breakIt: () => origin.fail(429), says: 'origin_rate_limited', calls: 1 },
  { how: 'answers no JSON', breakIt: () => origin.text('<html>', 'text/html'), says: 'origin_error', calls: 1 },
  { how: 'answers without an end', breakIt: () => origin.huge(3_000_000), says: 'origin_error', calls: 1 },
];

describe.each(FAILURES)('an origin that $how', ({ how, breakIt, says, calls }) => {
  it('answers every caller within the deadline, and loads once for 50 callers', async () => {
    await start({}, says === 'origin_timeout' ? DEADLINE_MS : PATIENT_MS);
    await breakIt();
    const before = origin.count;
    const ani = newNumber();
    // Two failures went before, so that the back-off is the longest there is.
    await eyes.hset(customerKey(ani), 'n', 2);
    await eyes.pexpire(customerKey(ani), 60_000);
    const startMs = performance.now();
    const answers = await callConcurrently(50, () => lookUpCustomer(app.url, ani));
    const loads = 1 + Math.floor((performance.now() - startMs) / SHORTEST_PAUSE_MS);

    const tookMs = answers.map(({ elapsedMs }) => elapsedMs);
    report(`an origin that ${how}`, { 'max ms': Math.max(...tookMs) });
    expect(Math.max(...tookMs)).toBeLessThan(IN_TIME_MS);
    expect(countOutcomes(answers)).toEqual({ [`degraded:${says}`]: 50 });
    for (const { json } of answers) expect(json).toMatchObject(DEFAULT_ANSWER);
    expect(origin.count - before).toBeLessThanOrEqual(calls * loads);
  });

  it('does not delay a stale answer', async () => {
    await start({ ttlMs: 1, staleMs: 600_000 });
    const ani = newNumber();
    expect(outcomeOf(await lookUpCustomer(app.url, ani))).toBe('origin:');
    await eventually(async () => expect(outcomeOf(await lookUpCustomer(app.url, ani))).toBe('stale:'));
    await breakIt();
    const answers = await callConcurrently(20, () => lookUpCustomer(app.url, ani));

    expect(countOutcomes(answers)).toEqual({ 'stale:': 20 });
    for (const { json } of answers) expect(json).toMatchObject(ADA_ANSWER);
    expect(Math.max(...answers.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(IN_TIME_MS);
  });

  it('is called again when it has recovered', async () => {
    await start({}, PATIENT_MS, says === 'origin_timeout' ? 300 : PATIENT_MS);
    await breakIt();
    const ani = newNumber();
    expect(outcomeOf(await lookUpCustomer(app.url, ani))).toBe(`degraded:${says}`);
    healthy();
    await origin.listen().catch(() => 'it never stopped listening');

    await eventually(async () => {
      expect((await lookUpCustomer(app.url, ani)).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
    });
  });
});
