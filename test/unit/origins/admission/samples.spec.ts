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

describe('firstCohort', () => {
  const fast = [100, 110, 120].map((tookMs) => ({ ...call(0), tookMs }));

  it('is undefined while half of its calls are unanswered', () => {
    expect(firstCohort(fast, [call(0), call(0), call(0)])).toBeUndefined();
  });

  it('counts unanswered calls as slower than the answered ones', () => {
    const cohort = firstCohort([...fast, { ...call(0), tookMs: 200 }], [call(0), call(0), call(0)]);
    expect(cohort && medianMsOf(cohort)).toBe(200);
  });

  it('excludes calls that began after the first answer', () => {
    expect(firstCohort([...fast, { ...call(101), tookMs: 10 }], [call(150)])).toHaveLength(3);
  });
});

describe('overdueSamples', () => {
  it('returns nothing while few calls are overdue', () => {
    const underWay = new Set([
      ...Array.from({ length: 4 }, () => call(0)),
      ...Array.from({ length: 30 }, () => call(400)),
    ]);
    expect(overdueSamples(underWay, 500, 140)).toEqual([]);
  });

  it('estimates longer durations the more calls are overdue', () => {
    const half = new Set([
      ...Array.from({ length: 10 }, () => call(0)),
      ...Array.from({ length: 10 }, () => call(400)),
    ]);
    expect(overdueSamples(half, 500, 140).map(({ tookMs }) => tookMs)).toEqual(Array.from({ length: 10 }, () => 750));
  });
});
