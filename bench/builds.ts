import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { holdAgents } from './support/agents.ts';
import { verifyHits, warm } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { compared, comparisons } from './support/compared.ts';
import { startDatadip, type Datadip, type DatadipOptions } from './support/datadip.ts';
import { startNearHits } from './support/near-hits.ts';
import { startOrigin } from './support/origin.ts';
import { DIST } from './support/places.ts';
import { startRedis, type BenchRedis } from './support/redis.ts';
import type { Stage } from './support/stage.ts';
import { loadInTurn, roundsTitle, SLICES, WARM_UP_SLICES, type Way } from './support/together.ts';
import { CannotMeasure } from './support/tools.ts';
import type { Target } from './support/wrk.ts';

const CUSTOMERS = 10_000;
/** Each call repeats its claim, and each claim holds one agent. */
const CALLS = 1000;
/** The processes of a round. Their near copies must last until the last slice. */
const PROCESSES = 3;
/** The time until another process of the round is started and filled. */
const SECONDS_OF_START = 7;
/** A claim that times out ends the bench. */
const REDIS_TIMEOUT_MS_OF_CLAIMS = '1000';

interface Build {
  readonly name: string;
  readonly dist: string;
  /** Each build has its own server, so that no build reads what the other one wrote. */
  readonly redis: BenchRedis;
}

type StartOptions = Pick<DatadipOptions, 'name' | 'dist' | 'originUrl'>;

/** A kind of request on which the builds are compared. */
interface Comparison {
  readonly title: string;
  readonly request: Target['request'];
  /** The number of different requests, sent in turn. */
  readonly customers: number;
  readonly start: (stage: Stage, redis: BenchRedis, options: StartOptions, seconds: number) => Promise<Datadip>;
}

const COMPARISONS: readonly Comparison[] = [
  { title: 'near hit', request: 'post', customers: CUSTOMERS, start: startNear },
  { title: 'Redis hit', request: 'post', customers: CUSTOMERS, start: startRedisHits },
  { title: 'repeated claim', request: 'claim', customers: CALLS, start: startClaims },
];

/**
 * Compares this build with the build of another checkout (`--against`). Processes of this build, of
 * the other build and of this build again are loaded one after the other, each with the server core
 * alone. The ratio of the two processes of this build shows how much of a ratio is chance.
 */
export const builds: Bench = async (stage, { rounds, seconds, rows, against }) => {
  const otherDist = distIn(against);
  const { url: originUrl } = await startOrigin(stage);
  const candidates: readonly Build[] = [
    { name: 'this build', dist: DIST, redis: await startRedis(stage, 'redis-this') },
    { name: 'other build', dist: otherDist, redis: await startRedis(stage, 'redis-other') },
    { name: 'this build, again', dist: DIST, redis: await startRedis(stage, 'redis-again') },
  ];
  const sections: string[] = [];
  for (const { title, start, ...load } of COMPARISONS.filter((row) => row.title.includes(rows ?? ''))) {
    console.log(`  ${title}`);
    const ways = candidates.map(({ name, dist, redis }): Way => ({
      name,
      start: (on, id) => start(on, redis, { name: `${title.replaceAll(' ', '-')}-${id}`, dist, originUrl }, seconds),
    }));
    const pace = { rounds, seconds, ...load };
    const results = await loadInTurn(stage, ways, pace);
    const [, other, again] = results;
    const repeated = again === undefined || other === undefined ? [] : comparisons([again, other]);
    sections.push(
      [`### ${title}`, compared(roundsTitle(pace, 'have a core alone'), results), ...repeated].join('\n\n'),
    );
  }
  return sections.join('\n\n');
};

function distIn(checkout: string | undefined): string {
  if (checkout === undefined) throw new CannotMeasure('the bench `builds` needs --against=<path of another checkout>');
  const dist = join(resolve(checkout), 'dist');
  if (!existsSync(join(dist, 'main.js'))) throw new CannotMeasure(`no build in ${dist}: run "npm run build" there`);
  return dist;
}

function startNear(stage: Stage, redis: BenchRedis, options: StartOptions, seconds: number): Promise<Datadip> {
  return startNearHits(stage, {
    ...options,
    redis,
    customers: CUSTOMERS,
    forSeconds: PROCESSES * (SECONDS_OF_START + (WARM_UP_SLICES + SLICES) * seconds),
  });
}

async function startRedisHits(stage: Stage, redis: BenchRedis, options: StartOptions): Promise<Datadip> {
  const datadip = await startDatadip(stage, { ...options, redisUrl: redis.url, cache: { nearTtlMs: 0 } });
  await warm(datadip.url, CUSTOMERS);
  await verifyHits(datadip.url, CUSTOMERS);
  return datadip;
}

async function startClaims(stage: Stage, redis: BenchRedis, options: StartOptions): Promise<Datadip> {
  const env = { REDIS_TIMEOUT_MS: REDIS_TIMEOUT_MS_OF_CLAIMS };
  const datadip = await startDatadip(stage, { ...options, redisUrl: redis.url, env });
  await holdAgents(datadip.url, CALLS);
  return datadip;
}
