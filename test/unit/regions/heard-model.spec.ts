import { describe, expect, it } from '@jest/globals';
import { MUTANTS, type Mutant } from './model/mutants.js';
import { runSchedule, runSchedules } from './model/schedule.js';

/** `npm run prove` runs 10,000. */
const SCHEDULES = 120;

describe('regions in virtual time', () => {
  it('serve nothing that was invalidated longer than T ago, and lose no report about an agent', async () => {
    const { violations, served, refused, acknowledged, reports } = await runSchedules(SCHEDULES);
    expect(violations).toEqual([]);
    // The schedules reach both branches of the rule.
    expect(Math.min(served, refused)).toBeGreaterThan(50 * SCHEDULES);
    expect(Math.min(acknowledged, reports)).toBeGreaterThan(5 * SCHEDULES);
  }, 120_000);

  it.each(Object.entries(MUTANTS))('break a promise if %s', async (mutant, seed) => {
    expect((await runSchedule(seed, mutant as Mutant)).violations).not.toEqual([]);
  });
});
