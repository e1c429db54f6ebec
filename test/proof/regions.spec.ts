import { expect, it } from '@jest/globals';
import { COMMON_FAULTS } from './regions/faults.js';
import { regionsTable, violationsOf } from './regions/figures.js';
import { runRegions } from './regions/run-regions.js';

/** Ends a run that hangs. */
const WITHIN_MS = 900_000;

/** The short form of `regions.prove.ts`: enough to find a common defect. */
it(
  'three regions keep their promises while links are cut, Kafka hangs and slots move',
  async () => {
    const outcome = await runRegions({
      ...{ store: 'cluster', faults: COMMON_FAULTS },
      counts: { reads: 300, invalidations: 50, claims: 100, agentEvents: 200 },
      ...{ readers: 8, writers: 3, replacesEveryMs: 100, claimers: 3, reporters: 2, agents: 40 },
      quietMs: 500,
      // A busy machine may be ten times as slow as an idle one. The long form demands 5 s.
      settlesWithinMs: 60_000,
    });
    process.stdout.write(`\n${regionsTable(outcome)}\n\n`);

    expect(violationsOf(outcome)).toEqual([]);
    expect(outcome.chronicle.mistaken).toBe(0);
  },
  WITHIN_MS,
);
