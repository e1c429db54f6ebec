import { setTimeout as delay } from 'node:timers/promises';
import { alternate, type Contender } from './support/alternate.ts';
import { sendAll, askByGet, customersTo, warm } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip, type Datadip } from './support/datadip.ts';
import { BRIEF_COPIES_GO_MS, NearWindow, NEAR_TTL_MS } from './support/near-window.ts';
import { startOrigin } from './support/origin.ts';
import { saveAnswers, startNginx, startPeer } from './support/peers.ts';
import { profiledLoad, profiling } from './support/profile.ts';
import { startRedis } from './support/redis.ts';
import type { Stage } from './support/stage.ts';

const CUSTOMERS = 10_000;

/** A hit inside the process, against Express 5 with a Map of finished answers. */
export const nearHit: Bench = async (stage, options) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  const nodeArgs = options.profile ? profiling(stage) : [];
  const settings = {
    originUrl: origin.url,
    redisUrl: redis.url,
    cache: { nearTtlMs: NEAR_TTL_MS },
    nodeArgs,
    unbundled: options.profile,
  };
  const datadip = await startDatadip(stage, settings);
  await warm(datadip.url, CUSTOMERS);
  await delay(BRIEF_COPIES_GO_MS);
  const window = new NearWindow(datadip.url, CUSTOMERS, redis);
  const before = (): Promise<void> => window.hold(options.seconds);
  const ours = { url: datadip.url, pid: datadip.actor.pid, request: 'post', customers: CUSTOMERS } as const;
  const contender: Contender = { ...ours, name: 'datadip, near hit', before };
  await before();
  const found = options.profile
    ? await profiledLoad(stage, datadip, contender, options)
    : await alternate([contender, ...(await startPeers(stage, datadip))], options);
  return `${found}\n\nReads of Redis during the runs: ${await window.readsSinceFilled()}.`;
};

async function startPeers(stage: Stage, datadip: Datadip): Promise<Contender[]> {
  const ANSWERS = saveAnswers(stage, await warm(datadip.url, CUSTOMERS));
  const peer = { program: 'peer-map.ts', customers: CUSTOMERS } as const;
  const peers = [
    await startPeer(stage, { ...peer, name: 'Express 5 + Map', env: { ANSWERS } }),
    await startPeer(stage, { ...peer, name: 'Express 5 + Map, no ETag', env: { ANSWERS, ETAG: 'off' } }),
  ];
  const nginx = await startNginx(stage, datadip, CUSTOMERS);
  if (nginx === undefined) {
    console.log('  nginx is not installed: left out');
    return peers;
  }
  await sendAll(customersTo(CUSTOMERS), (n) => askByGet(nginx.url, n));
  return [...peers, nginx];
}
