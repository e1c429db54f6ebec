import { setTimeout as delay } from 'node:timers/promises';
import { warm } from './ask.ts';
import type { Pace } from './compared.ts';
import { startDatadip, type Datadip, type DatadipOptions } from './datadip.ts';
import { BRIEF_COPIES_GO_MS, NearWindow, NEAR_TTL_MS } from './near-window.ts';
import { startOrigin } from './origin.ts';
import { startRedis, type BenchRedis } from './redis.ts';
import type { Stage } from './stage.ts';
import { together, type Way } from './together.ts';

const CUSTOMERS = 10_000;

export interface NearHits extends Omit<DatadipOptions, 'redisUrl' | 'cache'> {
  readonly redis: BenchRedis;
  readonly customers: number;
  /** The time in which every answer must be a near copy, in seconds. */
  readonly forSeconds: number;
  /** Waits until the service keeps what it loads. Default: from the start. */
  readonly isReady?: (datadip: Datadip) => Promise<void>;
}

/** Starts a service that answers all customers from near copies for `forSeconds`. */
export async function startNearHits(stage: Stage, options: NearHits): Promise<Datadip> {
  const { redis, customers, forSeconds, isReady, ...others } = options;
  const datadip = await startDatadip(stage, { ...others, redisUrl: redis.url, cache: { nearTtlMs: NEAR_TTL_MS } });
  await isReady?.(datadip);
  await warm(datadip.url, customers);
  await delay(BRIEF_COPIES_GO_MS);
  await new NearWindow(datadip.url, customers, redis).hold(forSeconds);
  return datadip;
}

/** The name of a way, and its changes to a service of near hits. */
export type ChangedNearHits = readonly [name: string, changes: Partial<NearHits>];

/** Compares near hits of two services of this build that differ in these changes only. */
export async function compareNearHits(
  stage: Stage,
  [first, second]: readonly [ChangedNearHits, ChangedNearHits],
  { rounds, seconds }: Pace,
): Promise<string> {
  const common = {
    ...{ redis: await startRedis(stage), originUrl: (await startOrigin(stage)).url },
    ...{ customers: CUSTOMERS, forSeconds: 3 * seconds },
  };
  const way = ([name, changes]: ChangedNearHits): Way => ({
    name,
    start: (on, id) => startNearHits(on, { ...common, ...changes, name: id }),
  });
  return together(stage, [way(first), way(second)], { rounds, seconds, customers: CUSTOMERS });
}
