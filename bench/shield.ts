import type { Bench } from './support/bench.ts';
import type { LookupChanges } from './support/declaration.ts';
import { compareNearHits } from './support/near-hits.ts';

/** Every limit, so wide that none is ever reached. */
const SHIELD: LookupChanges = {
  requestLimits: { maxPerSecond: 1_000_000, maxConcurrent: 10_000 },
  limits: {
    ...{ maxConcurrent: 400, maxPerSecond: 10_000, adaptive: true, queueMs: 250 },
    schedule: [{ cron: '0 3 * * *', forMs: 3_600_000, maxConcurrent: 200 }],
  },
};

/** Measures the cost of the limits for a near hit: every limit declared, against no limit. */
export const shield: Bench = (stage, pace) =>
  compareNearHits(
    stage,
    [
      ['with limits', SHIELD],
      ['without', {}],
    ],
    pace,
  );
