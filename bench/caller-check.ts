import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { alternate, type Contender } from './support/alternate.ts';
import { warm } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip } from './support/datadip.ts';
import { BRIEF_COPIES_GO_MS, NearWindow, NEAR_TTL_MS } from './support/near-window.ts';
import { startOrigin } from './support/origin.ts';
import { BENCH } from './support/places.ts';
import { startRedis, type BenchRedis } from './support/redis.ts';
import type { Stage } from './support/stage.ts';

const CUSTOMERS = 10_000;
const UNCHECKED = ['--import', pathToFileURL(join(BENCH, 'unchecked.ts')).href];

/** A near hit with a declared caller and a key, against the same build with the caller guard left out. */
export const callerCheck: Bench = async (stage, options) => {
  const there = { originUrl: (await startOrigin(stage)).url, redis: await startRedis(stage) };
  const checked = await startNearHit(stage, { name: 'checked', nodeArgs: [], ...there }, options.seconds);
  const unchecked = await startNearHit(stage, { name: 'unchecked', nodeArgs: UNCHECKED, ...there }, options.seconds);
  return alternate([checked, unchecked], options);
};

interface Way {
  readonly name: string;
  readonly nodeArgs: readonly string[];
  readonly originUrl: string;
  readonly redis: BenchRedis;
}

async function startNearHit(stage: Stage, { redis, ...way }: Way, seconds: number): Promise<Contender> {
  const settings = { ...way, redisUrl: redis.url, cache: { nearTtlMs: NEAR_TTL_MS } };
  const datadip = await startDatadip(stage, settings);
  await warm(datadip.url, CUSTOMERS);
  await delay(BRIEF_COPIES_GO_MS);
  const window = new NearWindow(datadip.url, CUSTOMERS, redis);
  const before = (): Promise<void> => window.hold(seconds);
  await before();
  const { name } = way;
  return { name, url: datadip.url, pid: datadip.actor.pid, method: 'post', customers: CUSTOMERS, before };
}
