import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hitRatePercent, percentileMs, percentOf } from '../../../src/modules/ops/view/figures.js';
import { BOUNDS, judge, targetText, worst } from '../../../src/modules/ops/view/judgement.js';
import { LATENCY_BOUNDS_S } from '../../../src/platform/metrics/latency-histogram.js';

/** The counts of a histogram with these observations. */
function within(observationsMs: readonly number[]): Record<string, number> {
  const upTo = (boundMs: number) => observationsMs.filter((ms) => ms <= boundMs).length;
  const bounds = LATENCY_BOUNDS_S.map((boundS) => [`${boundS}`, upTo(boundS * 1000)] as const);
  return { ...Object.fromEntries(bounds), '+Inf': observationsMs.length };
}

describe('a percentile of the page', () => {
  it('is on the right side of every target and alarm', () => {
    const observations = fc.array(fc.double({ min: 0, max: 6000, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(observations, fc.constantFrom(0.5, 0.95), (observationsMs, share) => {
        const estimate = percentileMs(within(observationsMs), share) ?? NaN;
        for (const boundMs of [30, 80, 100, 300]) {
          const isWithin = observationsMs.filter((ms) => ms <= boundMs).length >= share * observationsMs.length;
          expect(estimate <= boundMs + 1e-9).toBe(isWithin);
        }
      }),
    );
  });

  it('does not exist without observations', () => {
    expect(percentileMs({}, 0.95)).toBeUndefined();
  });

  it('is the greatest bound if the observations are longer', () => {
    expect(percentileMs(within([20_000]), 0.5)).toBe(10_000);
  });
});

describe('a share of the page', () => {
  it('counts fresh and stale answers as hits, and leaves out dips without a key', () => {
    expect(hitRatePercent({ cache: 5, stale: 1, origin: 3, degraded: 1, none: 90 })).toBe(60);
    expect(hitRatePercent({ none: 3 })).toBeUndefined();
    expect(percentOf(0, 0)).toBeUndefined();
  });
});

describe('the judgement of a figure', () => {
  it.each([
    [BOUNDS.p95, 80, 'well'],
    [BOUNDS.p95, 80.1, 'watch'],
    [BOUNDS.p95, 300, 'watch'],
    [BOUNDS.p95, 300.1, 'alarm'],
    [BOUNDS.hitRate, 60, 'well'],
    [BOUNDS.hitRate, 59, 'watch'],
    [BOUNDS.hitRate, 29.9, 'alarm'],
    [BOUNDS.originErrors, 1, 'well'],
    [BOUNDS.originErrors, 5.1, 'alarm'],
    [BOUNDS.originErrors, undefined, 'none'],
  ])('by %o of %s is %s', (bounds, value, state) => {
    expect(judge(value, bounds)).toBe(state);
  });

  it('names target and alarm in words', () => {
    expect(targetText(BOUNDS.p95)).toBe('≤ 80 ms, alarm > 300 ms');
    expect(targetText(BOUNDS.hitRate)).toBe('≥ 60 %, alarm < 30 %');
  });

  it('of several figures is the worst', () => {
    expect(worst(['well', 'alarm', 'watch', 'none'])).toBe('alarm');
    expect(worst([])).toBe('none');
  });
});
