import { expect, it } from '@jest/globals';
import { ALL_FAULTS } from './regions/faults.js';
import { regionsTable, violationsOf } from './regions/figures.js';
import { runRegions } from './regions/run-regions.js';

const COUNTS = {
  reads: Number(process.env.PROVE_REGIONS_READS ?? 1_000_000),
  invalidations: Number(process.env.PROVE_REGIONS_INVALIDATIONS ?? 20_000),
  claims: Number(process.env.PROVE_REGIONS_CLAIMS ?? 100_000),
  agentEvents: Number(process.env.PROVE_REGIONS_AGENT_EVENTS ?? 50_000),
};
const SETTLES_WITHIN_MS = Number(process.env.PROVE_REGIONS_SETTLES_MS ?? 5000);

/** Ends a run that hangs. On an idle machine with two cores, the numbers take most of an hour. */
const WITHIN_MS = 4 * 3_600_000;

function print(text: string): void {
  process.stdout.write(`${Math.round(performance.now() / 1000)} s: ${text}\n`);
}

it(
  `three regions keep their promises in ${JSON.stringify(COUNTS)} under every fault`,
  async () => {
    const outcome = await runRegions({
      ...{ store: 'replicated', faults: ALL_FAULTS, counts: COUNTS },
      ...{ readers: 48, writers: 3, replacesEveryMs: 300, claimers: 4, reporters: 1, agents: 400 },
      quietMs: 4000,
      settlesWithinMs: SETTLES_WITHIN_MS,
      afterEachRound: (counts) => print(JSON.stringify(counts)),
      afterEachFault: ({ name, afterMs, deaf }) => {
        print(`all hear ${Math.round(afterMs)} ms after ${name}`);
        for (const [, { untilMs, reason }] of deaf) print(`  until ${Math.round(untilMs)} ms: ${reason}`);
      },
    });
    process.stdout.write(`\n${regionsTable(outcome)}\n\n`);

    expect(violationsOf(outcome)).toEqual([]);
    expect(outcome.chronicle.mistaken).toBe(0);
    expect(outcome.settledAfterMs).toBeLessThan(SETTLES_WITHIN_MS);
  },
  WITHIN_MS,
);
