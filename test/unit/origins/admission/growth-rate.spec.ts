import { describe, expect, it } from '@jest/globals';
import { GrowthRate } from '../../../../src/origins/admission/internal/growth-rate.js';

describe('the pace of growth', () => {
  it('is fast until the limit has been too much once', () => {
    expect(new GrowthRate().grow(100, 1)).toBeCloseTo(170);
  });

  it('is small steps after that, and doubles while nothing speaks against it, up to a bound', () => {
    const pace = new GrowthRate();
    pace.recordCut(100, 50);
    expect(Array.from({ length: 7 }, () => Math.round(pace.grow(100, 1)))).toEqual([105, 105, 110, 120, 140, 140, 140]);
  });

  it('begins anew after a deep cut, and goes two steps back after a gentle one', () => {
    const [deep, gentle] = [new GrowthRate(), new GrowthRate()];
    for (const pace of [deep, gentle]) {
      pace.recordCut(100, 50);
      for (let window = 0; window < 5; window++) pace.grow(100, 1);
    }
    deep.recordCut(100, 50);
    gentle.recordCut(100, 90);
    expect(Math.round(deep.grow(100, 1))).toBe(105);
    expect(Math.round(gentle.grow(100, 1))).toBe(120);
  });

  it('grows by what is left of the tolerance, and not at all when nothing is', () => {
    expect(new GrowthRate().grow(100, 0.5)).toBeCloseTo(135);
    expect(new GrowthRate().grow(100, 0)).toBe(100);
  });
});
