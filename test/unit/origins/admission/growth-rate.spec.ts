import { describe, expect, it } from '@jest/globals';
import { GrowthRate } from '../../../../src/origins/admission/internal/growth-rate.js';

describe('GrowthRate', () => {
  it('grows fast until the first cut', () => {
    expect(new GrowthRate().grow(100, 1)).toBeCloseTo(170);
  });

  it('grows in small steps after a cut, then doubles them up to a bound', () => {
    const growth = new GrowthRate();
    growth.recordCut(100, 50);
    expect(Array.from({ length: 7 }, () => Math.round(growth.grow(100, 1)))).toEqual([
      105, 105, 110, 120, 140, 140, 140,
    ]);
  });

  it('restarts after a deep cut, and goes back two steps after a small cut', () => {
    const [deep, gentle] = [new GrowthRate(), new GrowthRate()];
    for (const growth of [deep, gentle]) {
      growth.recordCut(100, 50);
      for (let window = 0; window < 5; window++) growth.grow(100, 1);
    }
    deep.recordCut(100, 50);
    gentle.recordCut(100, 90);
    expect(Math.round(deep.grow(100, 1))).toBe(105);
    expect(Math.round(gentle.grow(100, 1))).toBe(120);
  });

  it('grows in proportion to the unused tolerance', () => {
    expect(new GrowthRate().grow(100, 0.5)).toBeCloseTo(135);
    expect(new GrowthRate().grow(100, 0)).toBe(100);
  });
});
