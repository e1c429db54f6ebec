import { setTimeout as delay } from 'node:timers/promises';
import { alternate, type Contender } from './support/alternate.ts';
import { warm } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip } from './support/datadip.ts';
import type { LookupChanges } from './support/declaration.ts';
import { NearWindow, NEAR_TTL_MS } from './support/near-window.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis } from './support/redis.ts';

const CUSTOMERS = 10_000;
/** Copies of answers just loaded live briefly, whatever was declared; those read from Redis afterwards live as declared. */
const BRIEF_COPIES_GO_MS = 2100;

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
 * What the shield costs a hit inside the process: the same service with every limit declared, and with none. Twice with none, because two
 * processes of the same build differ as well: how far those two are apart says how much of a ratio is chance.
 */
export const shield: Bench = async (stage, options) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  const contenders: Contender[] = [];
  for (const [at, [name, changes]] of CONTENDERS.entries()) {
    const common = { originUrl: origin.url, redisUrl: redis.url, cache: { nearTtlMs: NEAR_TTL_MS } };
    const datadip = await startDatadip(stage, { name: `datadip-${at}`, ...common, ...changes });
    await warm(datadip.url, CUSTOMERS);
    const window = new NearWindow(datadip.url, CUSTOMERS, redis);
    const before = (): Promise<void> => window.hold(options.seconds);
    contenders.push({ name, url: datadip.url, pid: datadip.actor.pid, method: 'post', customers: CUSTOMERS, before });
  }
  await delay(BRIEF_COPIES_GO_MS);
  for (const { before } of contenders) await before?.();
  return alternate(contenders, options);
};
