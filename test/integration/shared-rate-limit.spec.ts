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
/** The calls that the rate limit admits at one moment: those of 50 ms. */
const BURST = 5;
const DURATION_MS = 4000;
/**
 * The longest wait of a caller for the rate limit. A shorter pause of a process loses no caller.
 */
const QUEUE_MS = 2000;
/** A busy machine may send too few calls, and never too many. Therefore the test has retries. */
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
    'two processes share one limit of calls per second within 5 %',
    async () => {
      const shares: number[] = [];
      while (shares.length < ATTEMPTS && !shares.some((share) => share > 0.95)) shares.push(await measureShare());

      expect(Math.max(...shares)).toBeGreaterThan(0.95);
    },
    ATTEMPTS * (DURATION_MS + 60_000),
  );

  /**
   * Requests twice as many calls as the limit admits. Returns the share of the allowed calls that
   * reached the origin.
   */
  async function measureShare(): Promise<number> {
    origin.calls.length = 0;
    const first = randomInt(1e10, 9e10);
    const pending: Promise<unknown>[] = [];
    const startMs = performance.now();
    for (let sinceMs = 0; sinceMs < DURATION_MS; sinceMs = performance.now() - startMs) {
      while (pending.length < (2 * PER_SECOND * sinceMs) / 1000) {
        const url = processes[pending.length % 2]?.url ?? '';
        pending.push(post(`${url}/lookup/customer`, { ani: `+${first + pending.length}` }));
      }
      await delay(10);
    }
    const admittedUntilMs = performance.now() - startMs + QUEUE_MS;
    await Promise.all(pending);

    const lastMs = Math.max(...origin.calls.map(({ atMs }) => atMs)) - startMs;
    // A paused process delays calls: no call comes before its slot.
    expect(origin.count - BURST).toBeLessThan((1.05 * PER_SECOND * lastMs) / 1000);
    return (origin.count * 1000) / (PER_SECOND * admittedUntilMs);
  }
});
