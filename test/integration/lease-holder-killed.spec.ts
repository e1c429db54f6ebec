import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { countArrivals, lookUpCustomer, callConcurrently, report, countOutcomes } from './parts/callers.js';
import { customerKey, openObserver, HEALTHY_STORE_ENV } from './parts/entries.js';
import { eventually } from '../support/eventually.js';

const CALLERS = 50;
const KEY = customerKey('15550017');
/** Much longer than a lease, so that the waiters get the answer of the new holder. */
const DEADLINE_MS = 20_000;

let redis: TestRedis;
let observer: Redis;
let origin: ScriptedOrigin;
const processes: DatadipProcess[] = [];
let holder: DatadipProcess;
let other: DatadipProcess;

beforeEach(async () => {
  redis = await startRedis();
  observer = openObserver(redis.url);
  origin = await startOrigin(() => ({ results: [ADA] }));
  const env = { REDIS_URL: redis.url, ...HEALTHY_STORE_ENV, DEADLINE_MS: `${DEADLINE_MS}` };
  const yaml = declaration(origin.url, { system: { timeoutMs: 15_000 } });
  for (let at = 0; at < 2; at += 1) processes.push(await startDatadip({ yaml, env }));
  [holder, other] = processes as [DatadipProcess, DatadipProcess];
});
afterEach(async () => {
  for (const datadip of processes.splice(0)) await datadip.kill();
  await origin.stop();
  observer.disconnect();
  await redis.stop();
});

async function lease(): Promise<{ readonly token: string | null | undefined; readonly untilMs: number }> {
  const [token, until] = await observer.hmget(KEY, 'l', 'u');
  return { token, untilMs: Number(until) };
}

it('another process takes over a load after its holder was killed and the lease has expired', async () => {
  const hold = origin.hold();
  const abandoned = callConcurrently(5, () => lookUpCustomer(holder.url, '+15550017')).catch(() => 'connection lost');
  await hold.arrived(1);
  const first = await lease();
  const before = await countArrivals(other.url);
  const pending = callConcurrently(CALLERS, () => lookUpCustomer(other.url, '+15550017'));
  await eventually(async () => expect(await countArrivals(other.url)).toBe(before + CALLERS));

  // On a busy machine, the holder may have lost its lease already.
  const last = await lease();
  const { untilMs: leasedUntilMs } = last.token === first.token ? last : first;
  await holder.kill();
  const killedAtMs = performance.now();
  await hold.arrived(2);
  const takenOverAfterMs = performance.now() - killedAtMs;
  const [seconds, micros] = await observer.time();
  hold.open();
  const answers = await pending;

  report('another process took over, ms after the kill', { '': takenOverAfterMs });
  expect(await abandoned).toBe('connection lost');
  expect(leasedUntilMs).toBeGreaterThan(0);
  expect(Number(seconds) * 1000 + Number(micros) / 1000).toBeGreaterThanOrEqual(leasedUntilMs);
  expect(countOutcomes(answers)).toEqual({ 'origin:': CALLERS });
  for (const { json } of answers) expect(json).toMatchObject(ADA_ANSWER);
  await eventually(async () =>
    expect((await lookUpCustomer(other.url, '+15550017')).json).toMatchObject({ source: 'cache', ...ADA_ANSWER }),
  );
  expect(origin.count).toBe(2);
});
