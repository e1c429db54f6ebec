import type { Bench } from './support/bench.ts';
import type { LookupChanges } from './support/declaration.ts';
import { startNearHits } from './support/near-hits.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis } from './support/redis.ts';
import { together, type Way } from './support/together.ts';

const CUSTOMERS = 10_000;

/** Every limit, so wide that none is ever reached. */
const SHIELD: LookupChanges = {
  requestLimits: { maxPerSecond: 1_000_000, maxConcurrent: 10_000 },
  limits: {
    ...{ maxConcurrent: 400, maxPerSecond: 10_000, adaptive: true, queueMs: 250 },
    schedule: [{ cron: '0 3 * * *', forMs: 3_600_000, maxConcurrent: 200 }],
  },
};

/** Measures the cost of the limits for a near hit: every limit declared, against no limit. */
export const shield: Bench = async (stage, { rounds, seconds }) => {
  const common = {
    ...{ redis: await startRedis(stage), originUrl: (await startOrigin(stage)).url },
    ...{ customers: CUSTOMERS, forSeconds: 3 * seconds },
  };
  const way = (name: string, changes: LookupChanges): Way => ({
    name,
    start: (on, id) => startNearHits(on, { ...common, ...changes, name: id }),
  });
  return together(stage, [way('with limits', SHIELD), way('without', {})], { rounds, seconds, customers: CUSTOMERS });
};
