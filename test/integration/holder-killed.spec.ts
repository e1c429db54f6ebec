import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { arrivals, ask, crowd, report, words } from './parts/crowd.js';
import { PATIENT } from './parts/entries.js';
import { eventually } from '../support/eventually.js';

const CALLERS = 50;
/** Longer than a lease, with room: the waiters are to see the new holder's answer. */
const DEADLINE_MS = 6000;

let redis: TestRedis;
let origin: ScriptedOrigin;
const processes: DatadipProcess[] = [];
let holder: DatadipProcess;
let other: DatadipProcess;

beforeEach(async () => {
  redis = await startRedis();
  origin = await startOrigin(() => ({ results: [ADA] }));
  const env = { REDIS_URL: redis.url, ...PATIENT, DEADLINE_MS: `${DEADLINE_MS}` };
  const yaml = declaration(origin.url, { system: { timeoutMs: 5000 } });
  for (let at = 0; at < 2; at += 1) processes.push(await startDatadip({ yaml, env }));
  [holder, other] = processes as [DatadipProcess, DatadipProcess];
});
afterEach(async () => {
  for (const datadip of processes.splice(0)) await datadip.kill();
  await origin.stop();
  await redis.stop();
});

it('lets another process take over a load whose holder was killed, once its lease has run out', async () => {
  const hold = origin.hold();
  const abandoned = crowd(5, () => ask(holder.url, '+15550017')).catch(() => 'broken off');
  await hold.arrived(1);
  const before = await arrivals(other.url);
  const waiting = crowd(CALLERS, () => ask(other.url, '+15550017'));
  await eventually(async () => expect(await arrivals(other.url)).toBe(before + CALLERS));
  expect(origin.count).toBe(1);

  await holder.kill();
  const killedAtMs = performance.now();
  await hold.arrived(2);
  const takenOverAfterMs = performance.now() - killedAtMs;
  hold.open();
  const answers = await waiting;

  report('another process took over, ms after the kill', { '': takenOverAfterMs });
  expect(await abandoned).toBe('broken off');
  // The lease of 1.5 s was renewed at most half a second before the kill, and a waiter looks ten times a second.
  expect(takenOverAfterMs).toBeGreaterThan(500);
  expect(takenOverAfterMs).toBeLessThan(2500);
  expect(words(answers)).toEqual({ 'origin:': CALLERS });
  for (const { json } of answers) expect(json).toMatchObject(ADA_ANSWER);
  expect((await ask(other.url, '+15550017')).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
  expect(origin.count).toBe(2);
});
