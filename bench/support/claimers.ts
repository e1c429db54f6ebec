import { readFileSync } from 'node:fs';
import type { AgentStore, AgentStoreOptions } from '../../src/modules/agent-state/store/agent-store.js';
import type { CacheErrorMetrics } from '../../src/platform/metrics/cache-error.metrics.js';
import { importBuilt } from './built.ts';
import { quantile } from './numbers.ts';

export interface ClaimFigures {
  readonly perS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time per claim. */
  readonly redisUs: number;
  readonly claimerUs: number;
  /**
   * The share of time in which Redis and the claimers waited for a core that other processes used.
   */
  readonly withoutCore: number;
}

const STORE_OPTIONS: AgentStoreOptions = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 3_600_000 };

/** The agent store of the build. */
export async function openStore(url: string): Promise<AgentStore> {
  const { SystemClock } = await importBuilt<typeof import('../../src/kernel/clock.js')>('kernel/clock.js');
  const { Redis } = await importBuilt<typeof import('../../src/platform/redis/redis.js')>('platform/redis/redis.js');
  const path = 'modules/agent-state/store/redis-agent-store.js';
  const { RedisAgentStore } =
    await importBuilt<typeof import('../../src/modules/agent-state/store/redis-agent-store.js')>(path);
  const regionsPath = 'modules/agent-state/store/agent-regions.js';
  const { AgentRegions } =
    await importBuilt<typeof import('../../src/modules/agent-state/store/agent-regions.js')>(regionsPath);
  const { Hearing } = await importBuilt<typeof import('../../src/messaging/hearing.js')>('messaging/hearing.js');
  const silentLog = { info: () => undefined, warn: () => undefined };
  const silentMetrics = { cacheError: () => undefined } as unknown as CacheErrorMetrics;
  const redis = new Redis({ urls: [url], timeoutMs: 1000 }, new SystemClock(), silentMetrics, silentLog);
  await redis.connected();
  if (redis.connection === undefined) throw new Error('no connection to Redis');
  return new RedisAgentStore(
    redis.connection,
    STORE_OPTIONS,
    new AgentRegions(new Hearing(new SystemClock()), 'here', 0),
  );
}

export async function runConcurrently(
  count: number,
  inFlight: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

/** Runs `count` claims, `inFlight` at a time. */
export async function measured(
  { count, inFlight }: { readonly count: number; readonly inFlight: number },
  claim: () => Promise<unknown>,
  redisPid: number,
): Promise<ClaimFigures> {
  const took: number[] = [];
  const spent = () => [processTime(redisPid), processTime(process.pid)] as const;
  const [redis, claimers] = spent();
  const fromMs = performance.now();
  await runConcurrently(count, inFlight, async () => {
    const askedMs = performance.now();
    await claim();
    took.push(performance.now() - askedMs);
  });
  const elapsedMs = performance.now() - fromMs;
  const [redisAfter, claimersAfter] = spent();
  const waitedMs = redisAfter.waitedMs - redis.waitedMs + claimersAfter.waitedMs - claimers.waitedMs;
  return {
    ...{ perS: (count / elapsedMs) * 1000, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) },
    redisUs: ((redisAfter.ranMs - redis.ranMs) / count) * 1000,
    claimerUs: ((claimersAfter.ranMs - claimers.ranMs) / count) * 1000,
    withoutCore: waitedMs / (2 * elapsedMs),
  };
}

/** Of a process's main thread: for how long it has run, and waited to be let run. */
function processTime(pid: number): { readonly ranMs: number; readonly waitedMs: number } {
  const [ranNs = 0, waitedNs = 0] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
  return { ranMs: ranNs / 1e6, waitedMs: waitedNs / 1e6 };
}

/** In turns; the first round warms up. */
export async function rounds(
  count: number,
  contenders: Readonly<Record<string, () => Promise<ClaimFigures>>>,
): Promise<Record<string, ClaimFigures[]>> {
  const found: Record<string, ClaimFigures[]> = {};
  for (let round = 0; round <= count; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const figures = await run();
      if (round > 0) (found[name] ??= []).push(figures);
    }
  }
  return found;
}
