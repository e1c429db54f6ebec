import { describe, expect, it } from '@jest/globals';
import { runSchedule } from './model/schedule.js';

const SCHEDULES = 1500;

describe('three regions in virtual time', () => {
  it('serve nothing that was invalidated longer than T ago, and everything while they hear', async () => {
    const totals = { served: 0, refused: 0, acknowledged: 0 };
    const violations: string[] = [];
    for (let seed = 1; seed <= SCHEDULES && violations.length === 0; seed += 1) {
      const outcome = await runSchedule(seed);
      violations.push(...outcome.violations);
      totals.served += outcome.served;
      totals.refused += outcome.refused;
      totals.acknowledged += outcome.acknowledged;
    }
    expect(violations).toEqual([]);
    // The schedules reach both branches of the rule.
    expect(Math.min(totals.served, totals.refused, totals.acknowledged)).toBeGreaterThan(1000);
  }, 120_000);
});
