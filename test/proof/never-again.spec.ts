import { expect, it } from '@jest/globals';
import { explained, figuresOf } from './figures.js';
import { run } from './run.js';

const CHECKED_READS = 10_000;
/** Only ends what hangs: on a machine with ten times as much to do it takes five minutes. */
const WITHIN_MS = 900_000;

/** The short form of `npm run prove`: every trouble once, and reads enough to find a common mistake. */
it(
  `serves nothing that was invalidated, in ${CHECKED_READS} reads that could show it`,
  async () => {
    const outcome = await run({
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
