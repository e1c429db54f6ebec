import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from './support/bench.ts';
import { startNearHits } from './support/near-hits.ts';
import { startOrigin } from './support/origin.ts';
import { BENCH } from './support/places.ts';
import { startRedis } from './support/redis.ts';
import { together, type Way } from './support/together.ts';

const CUSTOMERS = 10_000;
const INTERCEPTED = ['--import', pathToFileURL(join(BENCH, 'intercepted.ts')).href];

/** Compares a near hit with the same build that has a Nest interceptor on its lookup route. */
export const interceptor: Bench = async (stage, { rounds, seconds }) => {
  const common = {
    ...{ redis: await startRedis(stage), originUrl: (await startOrigin(stage)).url },
    ...{ customers: CUSTOMERS, forSeconds: 3 * seconds },
  };
  const way = (name: string, nodeArgs: readonly string[]): Way => ({
    name,
    start: (on, id) => startNearHits(on, { ...common, nodeArgs, name: id }),
  });
  const ways = [way('with interceptor', INTERCEPTED), way('without', [])] as const;
  return together(stage, ways, { rounds, seconds, customers: CUSTOMERS });
};
