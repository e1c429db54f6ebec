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

const CALLERS_PER_PROCESS = 100;
/** The longest backoff of a failed key is 1 s, reduced by up to a fifth. */
const SHORTEST_BACKOFF_MS = 800;
/** The header that names the calling process. */
const PROCESS_HEADER = 'x-from';
const NAMES = ['first', 'second'];

let redis: TestRedis;
let origin: ScriptedOrigin;
let observer: Redis;
const processes: DatadipProcess[] = [];

/** With a `ttlMs` of 1, an entry is stale immediately. */
async function start(name: string, cache: Record<string, unknown>): Promise<void> {
  const system = { auth: { type: 'header', name: PROCESS_HEADER, value: name } };
  const env = { REDIS_URL: redis.url, ...HEALTHY_STORE_ENV };
  processes.push(await startDatadip({ yaml: declaration(origin.url, { system, cache }), env }));
}

async function startBoth(cache: Record<string, unknown> = {}): Promise<void> {
  for (const name of NAMES) await start(name, cache);
}

/** Sends all callers to both processes, and resolves when every request has arrived. */
async function startCallers(ani: string): Promise<{ answers: Promise<TimedAnswer[]> }> {
  const before = await Promise.all(processes.map(({ url }) => countArrivals(url)));
  const answers = callConcurrently(2 * CALLERS_PER_PROCESS, (index) => lookUpCustomer(urlOf(index % 2), ani));
  await eventually(async () => {
    const now = await Promise.all(processes.map(({ url }) => countArrivals(url)));
    for (const [at, count] of now.entries()) expect(count - (before[at] ?? 0)).toBe(CALLERS_PER_PROCESS);
  });
  return { answers };
}

interface Elapsed {
  readonly medianMs: number;
  readonly lastMs: number;
  /** The longest pause of this process, which runs the 200 callers, during the round. */
  readonly stallMs: number;
}

/**
 * Sends all callers, and lets the origin answer when all have arrived. Returns how long the answer
 * took to reach the callers of the process that did not load it.
 */
async function measureRound(ani: string): Promise<Elapsed> {
  const calls = origin.count;
  const hold = origin.hold();
  const { answers: pending } = await startCallers(ani);
  await hold.arrived(1);
  const stalls = measureStalls();
  const openedAtMs = performance.now();
  hold.open();
  const answers = await pending;

  expect(origin.count).toBe(calls + 1);
  for (const { json } of answers) expect(json).toMatchObject({ ...ADA_ANSWER, error: '' });
  const loader = origin.calls[calls]?.headers[PROCESS_HEADER] === NAMES[0] ? 0 : 1;
  const elapsedMs = answers.filter((_, index) => index % 2 !== loader).map(({ atMs }) => atMs - openedAtMs);
  return { medianMs: median(elapsedMs), lastMs: Math.max(...elapsedMs), stallMs: stalls.stallMs() };
}

function urlOf(index: number): string {
  return processes[index]?.url ?? '';
}

beforeAll(async () => {
  redis = await startRedis();
  observer = openObserver(redis.url);
});
afterAll(async () => {
  observer.disconnect();
  await redis.stop();
});

beforeEach(async () => {
  await observer.flushall();
  origin = await startOrigin(() => ({ results: [ADA] }));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((datadip) => datadip.stop()));
  await origin.stop();
});

describe('two processes with 200 concurrent callers', () => {
  it('two processes call the origin once for a cold key, and answer all callers when the load finishes', async () => {
    await startBoth();
    const rounds: Elapsed[] = [];
    for (const ani of ['+15550015', '+15550016', '+15550017']) rounds.push(await measureRound(ani));

    for (const { medianMs, lastMs, stallMs } of rounds) {
      report('to the other process, ms', { median: medianMs, last: lastMs, 'of which the test was paused': stallMs });
    }
    // Other work of the machine only adds time: one round shorter than a lease is proof.
    expect(Math.min(...rounds.map(({ lastMs, stallMs }) => lastMs - stallMs))).toBeLessThan(LEASE_MS);
  });

  it('two processes call a failing origin once, give all callers the same error, and back off', async () => {
    await startBoth();
    // After two earlier failures, the backoff is the longest one.
    await observer.hset(customerKey('15550018'), 'n', 2);
    origin.fail(503);
    const hold = origin.hold();
    const { answers: pending } = await startCallers('+15550018');
    await hold.arrived(1);
    const failedMs = performance.now();
    hold.open();
    const answers = await pending;
    const rightAfter = await Promise.all([lookUpCustomer(urlOf(0), '15550018'), lookUpCustomer(urlOf(1), '15550018')]);

    expect(countOutcomes([...answers, ...rightAfter])).toEqual({
      'degraded:origin_error': 2 * CALLERS_PER_PROCESS + 2,
    });
    for (const { json } of answers) expect(json).toMatchObject(DEFAULT_ANSWER);
    const { count } = origin;
    expect(count).toBeLessThanOrEqual(1 + Math.floor((performance.now() - failedMs) / SHORTEST_BACKOFF_MS));

    await eventually(async () => {
      expect(outcomeOf(await lookUpCustomer(urlOf(0), '15550018'))).toBe('degraded:origin_error');
      expect(origin.count).toBeGreaterThan(count);
    });
  });

  it('two processes refresh a stale entry once, and no caller waits for the refresh', async () => {
    await startBoth({ ttlMs: 1, staleMs: 600_000 });
    await lookUpCustomer(urlOf(0), '+15550019');
    origin.answer({ results: [{ ...ADA, firstName: 'Augusta' }] });
    const hold = origin.hold();
    const { answers } = await startCallers('+15550019');

    expect(countOutcomes(await answers)).toEqual({ 'stale:': 2 * CALLERS_PER_PROCESS });
    await hold.arrived(1);
    expect(origin.count).toBe(2);
    hold.open();
    await eventually(async () => {
      expect((await lookUpCustomer(urlOf(1), '+15550019')).json).toMatchObject({ displayName: 'Augusta Lovelace' });
    });
  });
});
