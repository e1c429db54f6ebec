import { describe, expect, it } from '@jest/globals';
import {
  firstCohort,
  medianMsOf,
  overdueSamples,
  type MeasuredCall,
} from '../../../../src/origins/admission/internal/samples.js';

function call(startedAtMs: number): MeasuredCall {
  return { startedAtMs, inFlight: 1 };
}

describe('the first cohort', () => {
  const fast = [100, 110, 120].map((tookMs) => ({ ...call(0), tookMs }));

  it('is not told by the fast ones while as many are still out', () => {
    expect(firstCohort(fast, [call(0), call(0), call(0)])).toBeUndefined();
  });

  it('counts those still out as slower, so that the fast ones do not make its median', () => {
    const cohort = firstCohort([...fast, { ...call(0), tookMs: 200 }], [call(0), call(0), call(0)]);
    expect(cohort && medianMsOf(cohort)).toBe(200);
  });

  it('leaves out what began after the first answer', () => {
    expect(firstCohort([...fast, { ...call(101), tookMs: 10 }], [call(150)])).toHaveLength(3);
  });
});

describe('what is overdue', () => {
  it('is nothing while few are: chance makes a few slow', () => {
    const underWay = new Set([
      ...Array.from({ length: 4 }, () => call(0)),
      ...Array.from({ length: 30 }, () => call(400)),
    ]);
    expect(overdueSamples(underWay, 500, 140)).toEqual([]);
  });

  it('counts as slower the more there are, because then it is the origin', () => {
    const half = new Set([
      ...Array.from({ length: 10 }, () => call(0)),
      ...Array.from({ length: 10 }, () => call(400)),
    ]);
    expect(overdueSamples(half, 500, 140).map(({ tookMs }) => tookMs)).toEqual(Array.from({ length: 10 }, () => 750));
  });
});
