import { warm } from './ask.ts';
import type { Pace } from './compared.ts';
import { startDatadip, type Datadip } from './datadip.ts';
import { startNearHits } from './near-hits.ts';
import { startRedis } from './redis.ts';
import { regionEnv, untilHeard } from './region-stage.ts';
import type { Stage } from './stage.ts';
import { together, type Way } from './together.ts';

const CUSTOMERS = 10_000;
interface Places {
  readonly kafka: string;
  readonly originUrl: string;
}

type Measure = (stage: Stage, places: Places, pace: Pace) => Promise<string>;

/** Compares hits with regions on and off, by processor time. */
export const REGION_HITS: ReadonlyMap<string, Measure> = new Map([
  ['near-hit', nearHits],
  ['redis-hit', redisHits],
]);

async function nearHits(stage: Stage, { kafka, originUrl }: Places, pace: Pace): Promise<string> {
  const redis = await startRedis(stage, 'redis-near-hits');
  const common = { redis, originUrl, customers: CUSTOMERS, forSeconds: 3 * pace.seconds };
  const off: Way = { name: 'one region', start: (on, name) => startNearHits(on, { ...common, name }) };
  const isHeard = (datadip: Datadip): Promise<void> => untilHeard(stage, datadip);
  const regional = { env: regionEnv('near', kafka), regions: {}, isReady: isHeard };
  const on: Way = { name: 'three regions', start: (at, name) => startNearHits(at, { ...common, ...regional, name }) };
  return `Near hits:\n\n${await together(stage, [off, on], { ...pace, customers: CUSTOMERS })}`;
}

async function redisHits(stage: Stage, { kafka, originUrl }: Places, pace: Pace): Promise<string> {
  const redis = await startRedis(stage, 'redis-redis-hits');
  const common = { redisUrl: redis.url, originUrl, cache: { nearTtlMs: 0 } };
  const off: Way = {
    name: 'one region',
    start: async (at, name) => {
      const datadip = await startDatadip(at, { ...common, name });
      await warm(datadip.url, CUSTOMERS);
      return datadip;
    },
  };
  const on: Way = {
    name: 'three regions',
    start: async (at, name) => {
      const datadip = await startDatadip(at, { ...common, name, env: regionEnv('redis', kafka), regions: {} });
      await untilHeard(stage, datadip);
      await warm(datadip.url, CUSTOMERS);
      return datadip;
    },
  };
  return `Redis hits:\n\n${await together(stage, [off, on], { ...pace, customers: CUSTOMERS })}`;
}
