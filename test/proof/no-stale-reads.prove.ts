import { expect, it } from '@jest/globals';
import type { Chronicle } from './chronicle.js';
import { explained, figuresOf, table } from './figures.js';
import { FAULTS } from './faults.js';
import { run } from './run.js';
import { openStage } from './stage.js';

const CHECKED_READS = Number(process.env.PROVE_READS ?? 1_000_000);

it(`serves no invalidated value in ${CHECKED_READS} reads that could expose one`, async () => {
  const outcome = await run({
    ...{ open: openStage, faults: FAULTS },
    readers: 100,
    checkedReads: CHECKED_READS,
    quietMs: 4000,
    lastsMs: (usualMs) => usualMs * (0.4 + 0.6 * Math.random()),
    afterEachRound: progress,
  });
  process.stdout.write(`\n${table(outcome)}\n\n`);

  const figures = figuresOf(outcome);
  expect(explained(outcome)).toEqual([]);
  expect(outcome.chronicle.mistaken).toBe(0);
  expect(figures.dataShare).toBeGreaterThan(0.4);
  expect(figures.hitShare).toBeGreaterThan(0.15);
});

/** Shows during a run of many minutes that the run makes progress. */
function progress({ checkable }: Chronicle): void {
  process.stdout.write(`${checkable} reads checked so far\n`);
}
