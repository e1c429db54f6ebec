import { setTimeout as delay } from 'node:timers/promises';
import { warm } from './ask.ts';
import { startDatadip, type Datadip, type DatadipOptions } from './datadip.ts';
import { BRIEF_COPIES_GO_MS, NearWindow, NEAR_TTL_MS } from './near-window.ts';
import type { BenchRedis } from './redis.ts';
import type { Stage } from './stage.ts';

export interface NearHits extends Omit<DatadipOptions, 'redisUrl' | 'cache'> {
  readonly redis: BenchRedis;
  readonly customers: number;
  /** The time in which every answer must be a near copy, in seconds. */
  readonly forSeconds: number;
}

/** Starts a service that answers all customers from near copies for `forSeconds`. */
export async function startNearHits(stage: Stage, options: NearHits): Promise<Datadip> {
  const { redis, customers, forSeconds, ...others } = options;
  const datadip = await startDatadip(stage, { ...others, redisUrl: redis.url, cache: { nearTtlMs: NEAR_TTL_MS } });
  await warm(datadip.url, customers);
  await delay(BRIEF_COPIES_GO_MS);
  await new NearWindow(datadip.url, customers, redis).hold(forSeconds);
  return datadip;
}
