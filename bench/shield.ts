import { setTimeout as delay } from 'node:timers/promises';
import { compared, comparisons, type Result } from './support/alternate.ts';
import { warm } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip, type Datadip } from './support/datadip.ts';
import type { LookupChanges } from './support/declaration.ts';
import { BRIEF_COPIES_GO_MS, NearWindow, NEAR_TTL_MS } from './support/near-window.ts';
import { fixed } from './support/numbers.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis, type BenchRedis } from './support/redis.ts';
import type { Stage } from './support/stage.ts';
import { load, type LoadFigures } from './support/wrk.ts';

const CUSTOMERS = 10_000;

/** Every limit there is, so wide that none is ever reached. */
const SHIELD: LookupChanges = {
  requestLimits: { maxPerSecond: 1_000_000, maxConcurrent: 10_000 },
  limits: {
    ...{ maxConcurrent: 400, maxPerSecond: 10_000, adaptive: true, queueMs: 250 },
    schedule: [{ cron: '0 3 * * *', forMs: 3_600_000, maxConcurrent: 200 }],
  },
};

const CONTENDERS: readonly (readonly [name: string, changes: LookupChanges])[] = [
  ['with limits', SHIELD],
  ['without', {}],
  ['without, again', {}],
];

/**
 * What the shield costs a hit inside the process: the same service with every limit declared, and with none, which is less than two
 * processes of the same build differ by, and less than the machine does from second to second. So each round starts all of them anew, and
 * loads them at the same time: they share a core, and processor time a request is what counts. Twice with none: how far those two are apart
 * says how much of a ratio is chance.
 */
export const shield: Bench = async (stage, { rounds, seconds }) => {
  const redis = await startRedis(stage);
  const there = { originUrl: (await startOrigin(stage)).url, redis, seconds };
  const results = CONTENDERS.map(([name]): Result => ({ name, runs: [] }));
  for (let round = 1; round <= rounds; round++) {
    const figures = await measure(stage, round, there);
    for (const [at, found] of figures.entries()) results[at]?.runs.push(found);
    console.log(`  round ${round}: ${figures.map(({ cpuUsPerRequest }) => fixed(cpuUsPerRequest, 1)).join(', ')} µs`);
  }
  const what = `median of ${rounds} rounds of ${seconds} s, each with new processes that share a core`;
  return [compared(what, results), ...comparisons(results.slice(1))].join('\n\n');
};

interface There {
  readonly originUrl: string;
  readonly redis: BenchRedis;
  /** Of one run. */
  readonly seconds: number;
}

async function measure(stage: Stage, round: number, there: There): Promise<LoadFigures[]> {
  const services = await Promise.all(
    CONTENDERS.map(([, changes], at) => startNearHit(stage, `datadip-${round}-${at}`, there, changes)),
  );
  const loadAll = (): Promise<LoadFigures[]> =>
    Promise.all(
      services.map(({ url, actor }) =>
        load({ url, pid: actor.pid, method: 'post', customers: CUSTOMERS }, there.seconds),
      ),
    );
  await loadAll();
  const figures = await loadAll();
  await Promise.all(services.map(({ actor }) => actor.stop()));
  return figures;
}

async function startNearHit(stage: Stage, name: string, there: There, changes: LookupChanges): Promise<Datadip> {
  const { originUrl, redis } = there;
  const settings = { name, originUrl, redisUrl: redis.url, cache: { nearTtlMs: NEAR_TTL_MS }, ...changes };
  const datadip = await startDatadip(stage, settings);
  await warm(datadip.url, CUSTOMERS);
  await delay(BRIEF_COPIES_GO_MS);
  await new NearWindow(datadip.url, CUSTOMERS, redis).hold(there.seconds * 3);
  return datadip;
}
