import { expect, it } from '@jest/globals';
import { ALL_FAULTS } from './regions/faults.js';
import { regionsTable, violationsOf } from './regions/figures.js';
import { runRegions } from './regions/run-regions.js';

/** The long form has 1,000,000, 20,000, 100,000 and 50,000. The default takes some minutes. */
const COUNTS = {
  reads: Number(process.env.PROVE_REGIONS_READS ?? 150_000),
  invalidations: Number(process.env.PROVE_REGIONS_INVALIDATIONS ?? 4000),
  claims: Number(process.env.PROVE_REGIONS_CLAIMS ?? 15_000),
  agentEvents: Number(process.env.PROVE_REGIONS_AGENT_EVENTS ?? 10_000),
};
const SETTLES_WITHIN_MS = Number(process.env.PROVE_REGIONS_SETTLES_MS ?? 5000);

it(`three regions keep their promises in ${JSON.stringify(COUNTS)} under every fault`, async () => {
  const outcome = await runRegions({
    ...{ store: 'replicated', faults: ALL_FAULTS, counts: COUNTS },
    ...{ readers: 40, writers: 10, claimers: 16, reporters: 8, agents: 400 },
    quietMs: 4000,
    settlesWithinMs: SETTLES_WITHIN_MS,
  });
  process.stdout.write(`\n${regionsTable(outcome)}\n\n`);

  expect(violationsOf(outcome)).toEqual([]);
  expect(outcome.chronicle.mistaken).toBe(0);
  expect(outcome.settledAfterMs).toBeLessThan(SETTLES_WITHIN_MS);
});
