import { alternate, type Contender } from './support/alternate.ts';
import { verifyHits, warm, type Answer } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip } from './support/datadip.ts';
import { startOrigin } from './support/origin.ts';
import { startPeer, storeForPeer } from './support/peers.ts';
import { profiledLoad, profiling } from './support/profile.ts';
import { startRedis, type BenchRedis } from './support/redis.ts';
import type { Stage } from './support/stage.ts';

const CUSTOMERS = 10_000;

/** A hit in Redis, one round trip, against Express 5 with one GET on the same server. */
export const redisHit: Bench = async (stage, options) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  const nodeArgs = options.profile ? profiling(stage) : [];
  const settings = {
    originUrl: origin.url,
    redisUrl: redis.url,
    cache: { nearTtlMs: 0 },
    nodeArgs,
    unbundled: options.profile,
  };
  const datadip = await startDatadip(stage, settings);
  const answers = await warm(datadip.url, CUSTOMERS);
  const ours = { url: datadip.url, pid: datadip.actor.pid, request: 'post', customers: CUSTOMERS } as const;
  const before = (): Promise<void> => verifyHits(datadip.url, CUSTOMERS);
  const contender: Contender = { ...ours, name: 'datadip, Redis hit', before };
  await origin.forget();
  const found = options.profile
    ? await profiledLoad(stage, datadip, contender, options)
    : await alternate([contender, ...(await startPeers(stage, redis, answers))], options);
  return `${found}\n\nCalls of the origin during the runs: ${await origin.calls()}.`;
};

async function startPeers(stage: Stage, redis: BenchRedis, answers: readonly Answer[]): Promise<Contender[]> {
  await storeForPeer(redis, answers);
  const peer = { program: 'peer-redis.ts', customers: CUSTOMERS } as const;
  return [
    await startPeer(stage, { ...peer, name: 'Express 5 + GET', env: { REDIS_URL: redis.url } }),
    await startPeer(stage, { ...peer, name: 'Express 5 + GET, no ETag', env: { REDIS_URL: redis.url, ETAG: 'off' } }),
  ];
}
