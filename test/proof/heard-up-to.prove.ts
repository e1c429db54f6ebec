import { describe, expect, it } from '@jest/globals';
import { MUTANTS, type Mutant } from '../unit/regions/model/mutants.js';
import { runSchedules } from '../unit/regions/model/schedule.js';

const SCHEDULES = 10_000;
/** The schedules must find each defect among the first of them. */
const FINDS_WITHIN = 500;

describe('regions in virtual time', () => {
  it(`serve nothing that was invalidated longer than T ago in ${SCHEDULES} schedules`, async () => {
    const { violations, ...counts } = await runSchedules(SCHEDULES);
    process.stdout.write(`\n${JSON.stringify(counts)}\n\n`);
    expect(violations).toEqual([]);
  });

  it.each(Object.keys(MUTANTS))('break a promise if %s', async (mutant) => {
    const { violations } = await runSchedules(FINDS_WITHIN, mutant as Mutant);
    process.stdout.write(`${mutant}: ${violations[0] ?? 'not found'}\n`);
    expect(violations).not.toEqual([]);
  });
});
