import { describe, expect, it } from '@jest/globals';
import { Baseline } from '../../../../src/origins/admission/internal/baseline.js';

function begun(medianMs = 100, samples = 100): Baseline {
  const baseline = new Baseline();
  baseline.initialize(medianMs, samples);
  return baseline;
}

describe('the baseline', () => {
  it('knows nothing before it has begun', () => {
    const baseline = new Baseline();
    baseline.observe({ medianMs: 100, samples: 10, reach: 10 }, true);
    expect(baseline.ms).toBeUndefined();
  });

  it('weighs what it sees by how many samples there were', () => {
    const baseline = begun(100, 10);
    baseline.observe({ medianMs: 110, samples: 10, reach: 10 }, true);
    expect(baseline.ms).toBeCloseTo(105);
    expect(baseline.samples).toBe(20);
  });

  it('learns from any load while it is young, and only from rest afterwards', () => {
    const [young, old] = [begun(100, 10), begun(100, 100)];
    for (const baseline of [young, old]) baseline.observe({ medianMs: 110, samples: 10, reach: 10 }, false);
    expect(young.ms).toBeCloseTo(105);
    expect(old.ms).toBe(100);
  });

  it('takes what was seen at the limit for rest when more is borne and no slower', () => {
    const baseline = begun();
    baseline.recordHealthy({ medianMs: 110, samples: 50, reach: 40 });
    expect(baseline.ms).toBe(100);
    baseline.recordHealthy({ medianMs: 110, samples: 50, reach: 52 });
    expect(baseline.ms).toBeGreaterThan(103);
  });

  it('never does for a limit that is used and not passed: an overload that lasts is no rest', () => {
    const baseline = begun();
    for (let window = 0; window < 500; window++)
      baseline.recordHealthy({ medianMs: 115, samples: 50, reach: 40 + (window % 8) });
    expect(baseline.ms).toBe(100);
  });

  it('forgets what was borne before it was too much', () => {
    const baseline = begun();
    baseline.recordHealthy({ medianMs: 115, samples: 50, reach: 40 });
    baseline.recordOverload();
    baseline.recordHealthy({ medianMs: 115, samples: 50, reach: 80 });
    expect(baseline.ms).toBe(100);
  });

  it('takes nothing slow for rest, however little is asked', () => {
    const baseline = begun();
    baseline.observe({ medianMs: 140, samples: 50, reach: 3 }, true);
    expect(baseline.ms).toBe(100);
  });

  it('falls at any load for what is faster than chance makes it', () => {
    const baseline = begun();
    baseline.observe({ medianMs: 50, samples: 50, reach: 40 }, false);
    expect(baseline.ms).toBeCloseTo(85);
  });
});
