import { metrics, startDatadip, type Datadip } from './datadip.ts';
import { startRedis, type BenchRedis } from './redis.ts';
import type { Stage } from './stage.ts';

const NAMES = ['us', 'eu', 'ap'] as const;
/** A region whose last heartbeat is younger than this hears, in seconds. */
const HEARS_WITHIN_S = 3;
/** A process that joins a group may wait for a member that has ended. */
const HEARS_AFTER_MS = 60_000;

export interface BenchRegion {
  readonly name: string;
  readonly redis: BenchRedis;
  readonly datadip: Datadip;
}

export interface Regions {
  readonly stage: Stage;
  readonly kafka: string;
  readonly started: readonly [BenchRegion, BenchRegion, BenchRegion];
  readonly single: Datadip;
}

/** Starts three regions, each with a Redis and a process. */
export async function startRegions(
  stage: Stage,
  kafka: string,
  originUrl: string,
): Promise<[BenchRegion, BenchRegion, BenchRegion]> {
  const start = async (name: string): Promise<BenchRegion> => {
    const redis = await startRedis(stage, `redis-${name}`);
    const env = regionEnv(name, kafka);
    const datadip = await startDatadip(stage, {
      ...{ name: `datadip-${name}`, originUrl, redisUrl: redis.url, cache: { nearTtlMs: 0 } },
      ...{ env, regions: {} },
    });
    return { name, redis, datadip };
  };
  return [await start(NAMES[0]), await start(NAMES[1]), await start(NAMES[2])];
}

/** Starts a service that knows no other region. */
export async function startSingle(stage: Stage, originUrl: string): Promise<Datadip> {
  const redis = await startRedis(stage, 'redis-single');
  const settings = { name: 'datadip-single', originUrl, redisUrl: redis.url, cache: { nearTtlMs: 0 } };
  return startDatadip(stage, settings);
}

export function regionEnv(name: string, kafka: string): Record<string, string> {
  return { REGION: name, KAFKA_BROKERS: kafka };
}

/** Before its first heartbeats, a region serves nothing that it loaded. */
export async function untilHeard(stage: Stage, datadip: Datadip): Promise<void> {
  const check = async (): Promise<void> => {
    const [ageS = Number.NaN] = await metrics(datadip, ['datadip_bus_heard_age_seconds']);
    if (!(ageS <= HEARS_WITHIN_S)) throw new Error(`the region heard everything ${ageS} s ago`);
  };
  await stage.until(datadip.actor, check, HEARS_AFTER_MS);
}
