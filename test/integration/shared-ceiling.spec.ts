import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { aboutAda } from '../e2e/stage.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { declaration } from '../support/declaration.js';
import { post } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis } from '../support/redis-server.js';

const PER_SECOND = 100;
const FOR_MS = 4000;
/** The burst the rate allows, and what is left of a pause of this process. */
const EDGE_MS = 500;
/** A machine that has other things to do may send too little; it may never send too much. */
const ATTEMPTS = 4;

let redis: Awaited<ReturnType<typeof startRedis>>;
let origin: ScriptedOrigin;
let processes: DatadipProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
  origin = await startOrigin(aboutAda);
  const yaml = declaration(origin.url, { system: { limits: { maxPerSecond: PER_SECOND } } });
  const start = () => startDatadip({ yaml, env: { REDIS_URL: redis.url } });
  processes = await Promise.all([start(), start()]);
});
afterAll(async () => {
  await Promise.all(processes.map((datadip) => datadip.kill()));
  await origin.stop();
  await redis.stop();
});

describe('two processes on one Redis', () => {
  it(
    'share one ceiling of calls a second within 5 %',
    async () => {
      const seen: number[] = [];
      while (seen.length < ATTEMPTS && !seen.some((perSecond) => perSecond > 0.95 * PER_SECOND))
        seen.push(await spend());

      expect(Math.max(...seen)).toBeGreaterThan(0.95 * PER_SECOND);
      expect(Math.max(...seen)).toBeLessThan(1.05 * PER_SECOND);
    },
    ATTEMPTS * (FOR_MS + 10_000),
  );

  /** Calls a second the origin saw, of more than it may see. */
  async function spend(): Promise<number> {
    const asked: Promise<unknown>[] = [];
    const startMs = performance.now();
    for (let customer = 0; performance.now() - startMs < FOR_MS; customer++) {
      const url = processes[customer % 2]?.url ?? '';
      asked.push(post(`${url}/lookup/profile`, { customerId: randomUUID() }));
      if (customer % 4 === 3) await delay(10);
    }
    await Promise.all(asked);

    const atMs = origin.calls.map((call) => call.atMs).filter((at) => at > startMs + EDGE_MS && at <= startMs + FOR_MS);
    return (atMs.length / (FOR_MS - EDGE_MS)) * 1000;
  }
});
