import { expect, it } from '@jest/globals';
import { explained, figuresOf } from './figures.js';
import { FAULTS } from './faults.js';
import { run } from './run.js';
import { openStage } from './stage.js';

const CHECKED_READS = 10_000;
/** Ends a run that hangs. On a machine with ten times the load the run takes five minutes. */
const WITHIN_MS = 900_000;

/**
 * The short form of `npm run prove`: every fault once, and enough reads to find a common defect.
 */
it(
  `serves no invalidated value in ${CHECKED_READS} reads that could expose one`,
  async () => {
    const outcome = await run({
      ...{ open: openStage, faults: FAULTS },
      readers: 60,
      checkedReads: CHECKED_READS,
      quietMs: 1000,
      lastsMs: (usualMs) => usualMs,
    });

    expect(explained(outcome)).toEqual([]);
    expect(outcome.chronicle.mistaken).toBe(0);
    expect(figuresOf(outcome).dataShare).toBeGreaterThan(0.2);
  },
  WITHIN_MS,
);
