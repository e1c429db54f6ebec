import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { aboutAda } from '../e2e/stage.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { declaration } from '../support/declaration.js';
import { post } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis } from '../support/redis-server.js';

const PER_SECOND = 100;
/** What the rate lets come at one moment: 50 ms of it. */
const BURST = 5;
const FOR_MS = 4000;
/** So long callers wait for a turn: a process that stands still for less loses none. */
const QUEUE_MS = 2000;
/** A machine that has other things to do may send too little; it may never send too much. */
const ATTEMPTS = 4;

let redis: Awaited<ReturnType<typeof startRedis>>;
let origin: ScriptedOrigin;
let processes: DatadipProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
  origin = await startOrigin(aboutAda);
  const limits = { maxPerSecond: PER_SECOND, queueMs: QUEUE_MS };
  const yaml = declaration(origin.url, { system: { timeoutMs: 30_000, limits } });
  const env = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '1000', DEADLINE_MS: '30000' };
  processes = await Promise.all([startDatadip({ yaml, env }), startDatadip({ yaml, env })]);
}, 120_000);
afterAll(async () => {
  await Promise.all(processes.map((datadip) => datadip.kill()));
  await origin.stop();
  await redis.stop();
});

describe('two processes on one Redis', () => {
  it(
    'share one ceiling of calls a second within 5 %',
    async () => {
      const shares: number[] = [];
      while (shares.length < ATTEMPTS && !shares.some((share) => share > 0.95)) shares.push(await spend());

      expect(Math.max(...shares)).toBeGreaterThan(0.95);
    },
    ATTEMPTS * (FOR_MS + 60_000),
  );

  /** Asks for twice as much as may be had, however late it comes to ask. Returns how much of what could be had was had. */
  async function spend(): Promise<number> {
    origin.calls.length = 0;
    const first = randomInt(1e10, 9e10);
    const asked: Promise<unknown>[] = [];
    const startMs = performance.now();
    for (let sinceMs = 0; sinceMs < FOR_MS; sinceMs = performance.now() - startMs) {
      while (asked.length < (2 * PER_SECOND * sinceMs) / 1000) {
        const url = processes[asked.length % 2]?.url ?? '';
        asked.push(post(`${url}/lookup/customer`, { ani: `+${first + asked.length}` }));
      }
      await delay(10);
    }
    const turnsUntilMs = performance.now() - startMs + QUEUE_MS;
    await Promise.all(asked);

    const lastMs = Math.max(...origin.calls.map(({ atMs }) => atMs)) - startMs;
    // Whatever stood still meanwhile: a call comes no sooner than its turn.
    expect(origin.count - BURST).toBeLessThan((1.05 * PER_SECOND * lastMs) / 1000);
    return (origin.count * 1000) / (PER_SECOND * turnsUntilMs);
  }
});
