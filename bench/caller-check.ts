import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from './support/bench.ts';
import { startNearHits } from './support/near-hits.ts';
import { startOrigin } from './support/origin.ts';
import { BENCH } from './support/places.ts';
import { startRedis } from './support/redis.ts';
import { together, type Way } from './support/together.ts';

const CUSTOMERS = 10_000;
const UNCHECKED = ['--import', pathToFileURL(join(BENCH, 'unchecked.ts')).href];

/**
 * Compares a near hit with a caller and an API key with the same build without its caller guard.
 */
export const callerCheck: Bench = async (stage, { rounds, seconds }) => {
  const common = {
    ...{ redis: await startRedis(stage), originUrl: (await startOrigin(stage)).url },
    ...{ customers: CUSTOMERS, forSeconds: 3 * seconds },
  };
  const way = (name: string, nodeArgs: readonly string[]): Way => ({
    name,
    start: (on, id) => startNearHits(on, { ...common, nodeArgs, name: id }),
  });
  return together(stage, [way('checked', []), way('unchecked', UNCHECKED)], { rounds, seconds, customers: CUSTOMERS });
};
