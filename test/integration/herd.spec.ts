import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { LEASE_MS } from '../../src/cache/internal/lease-renewer.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { ADA, ADA_ANSWER, declaration, DEFAULT_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import {
  countArrivals,
  lookUpCustomer,
  callConcurrently,
  median,
  report,
  outcomeOf,
  countOutcomes,
  type TimedAnswer,
} from './parts/callers.js';
import { measureStalls } from './parts/stalls.js';
import { customerKey, openObserver, HEALTHY_STORE_ENV } from './parts/entries.js';

const CALLERS_EACH = 100;
/** A failed key is left alone for a second in the end, less up to a fifth. */
const SHORTEST_PAUSE_MS = 800;
/** Says which process a call came from. */
const FROM = 'x-from';
const NAMES = ['first', 'second'];

let redis: TestRedis;
let origin: ScriptedOrigin;
let eyes: Redis;
const processes: DatadipProcess[] = [];

/** An entry is stale as soon as it is kept where `ttlMs` is 1. */
async function start(name: string, cache: Record<string, unknown>): Promise<void> {
  const system = { auth: { type: 'header', name: FROM, value: name } };
  const env = { REDIS_URL: redis.url, ...HEALTHY_STORE_ENV };
  processes.push(await startDatadip({ yaml: declaration(origin.url, { system, cache }), env }));
}

async function startBoth(cache: Record<string, unknown> = {}): Promise<void> {
  for (const name of NAMES) await start(name, cache);
}

/** Both processes are asked by everybody; resolves once every caller has arrived. */
async function gather(ani: string): Promise<{ answers: Promise<TimedAnswer[]> }> {
  const before = await Promise.all(processes.map(({ url }) => countArrivals(url)));
  const answers = callConcurrently(2 * CALLERS_EACH, (index) => lookUpCustomer(urlOf(index % 2), ani));
  await eventually(async () => {
    const now = await Promise.all(processes.map(({ url }) => countArrivals(url)));
    for (const [at, count] of now.entries()) expect(count - (before[at] ?? 0)).toBe(CALLERS_EACH);
  });
  return { answers };
}

interface Elapsed {
  readonly medianMs: number;
  readonly lastMs: number;
  /** The longest this process, with its 200 callers, stood still meanwhile. */
  readonly stallMs: number;
}

/** A herd whose origin answers when all are there; how long its answer took to those in the process that did not load it. */
async function heldRound(ani: string): Promise<Elapsed> {
  const calls = origin.count;
  const hold = origin.hold();
  const { answers: waiting } = await gather(ani);
  await hold.arrived(1);
  const noise = measureStalls();
  const openedAtMs = performance.now();
  hold.open();
  const answers = await waiting;

  expect(origin.count).toBe(calls + 1);
  for (const { json } of answers) expect(json).toMatchObject({ ...ADA_ANSWER, error: '' });
  const led = origin.calls[calls]?.headers[FROM] === NAMES[0] ? 0 : 1;
  const elapsedMs = answers.filter((_, index) => index % 2 !== led).map(({ atMs }) => atMs - openedAtMs);
  return { medianMs: median(elapsedMs), lastMs: Math.max(...elapsedMs), stallMs: noise.stallMs() };
}

function urlOf(index: number): string {
  return processes[index]?.url ?? '';
}

beforeAll(async () => {
  redis = await startRedis();
  eyes = openObserver(redis.url);
});
afterAll(async () => {
  eyes.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  await eyes.flushall();
  origin = await startOrigin(() => ({ results: [ADA] }));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((datadip) => datadip.stop()));
  await origin.stop();
});

describe('two processes asked by 200 callers at once', () => {
  it('call the origin once for a cold key, and all get its answer as soon as it is there', async () => {
    await startBoth();
    const rounds: Elapsed[] = [];
    for (const ani of ['+15550015', '+15550016', '+15550017']) rounds.push(await heldRound(ani));

    for (const { medianMs, lastMs, stallMs } of rounds) {
      report('to the other process, ms', { median: medianMs, last: lastMs, 'of which we stood still': stallMs });
    }
    // Other work on the machine only ever adds: one round in which nobody waited for the end of a lease is proof.
    expect(Math.min(...rounds.map(({ lastMs, stallMs }) => lastMs - stallMs))).toBeLessThan(LEASE_MS);
  });

  it('call a failing origin once, say the same word to all, and leave it alone until the back-off is over', async () => {
    await startBoth();
    // Two failures went before, so that the back-off is the longest there is.
    await eyes.hset(customerKey('15550018'), 'n', 2);
    origin.fail(503);
    const hold = origin.hold();
    const { answers: waiting } = await gather('+15550018');
    await hold.arrived(1);
    const failedMs = performance.now();
    hold.open();
    const answers = await waiting;
    const rightAfter = await Promise.all([lookUpCustomer(urlOf(0), '15550018'), lookUpCustomer(urlOf(1), '15550018')]);

    expect(countOutcomes([...answers, ...rightAfter])).toEqual({ 'degraded:origin_error': 2 * CALLERS_EACH + 2 });
    for (const { json } of answers) expect(json).toMatchObject(DEFAULT_ANSWER);
    const { count } = origin;
    expect(count).toBeLessThanOrEqual(1 + Math.floor((performance.now() - failedMs) / SHORTEST_PAUSE_MS));

    await eventually(async () => {
      expect(outcomeOf(await lookUpCustomer(urlOf(0), '15550018'))).toBe('degraded:origin_error');
      expect(origin.count).toBeGreaterThan(count);
    });
  });

  it('refresh a stale entry once, and nobody waits for that', async () => {
    await startBoth({ ttlMs: 1, staleMs: 600_000 });
    await lookUpCustomer(urlOf(0), '+15550019');
    origin.answer({ results: [{ ...ADA, firstName: 'Augusta' }] });
    const hold = origin.hold();
    const { answers } = await gather('+15550019');

    expect(countOutcomes(await answers)).toEqual({ 'stale:': 2 * CALLERS_EACH });
    await hold.arrived(1);
    expect(origin.count).toBe(2);
    hold.open();
    await eventually(async () => {
      expect((await lookUpCustomer(urlOf(1), '+15550019')).json).toMatchObject({ displayName: 'Augusta Lovelace' });
    });
  });
});
