import { describe, expect, it } from '@jest/globals';
import { Baseline } from '../../../../src/origins/admission/internal/baseline.js';

function begun(medianMs = 100, samples = 100): Baseline {
  const baseline = new Baseline();
  baseline.initialize(medianMs, samples);
  return baseline;
}

describe('Baseline', () => {
  it('is undefined before it is initialized', () => {
    const baseline = new Baseline();
    baseline.observe({ medianMs: 100, samples: 10, reach: 10 }, true);
    expect(baseline.ms).toBeUndefined();
  });

  it('weighs a window by its number of samples', () => {
    const baseline = begun(100, 10);
    baseline.observe({ medianMs: 110, samples: 10, reach: 10 }, true);
    expect(baseline.ms).toBeCloseTo(105);
    expect(baseline.samples).toBe(20);
  });

  it('includes windows of any load at first, and only windows of light load later', () => {
    const [young, old] = [begun(100, 10), begun(100, 100)];
    for (const baseline of [young, old]) baseline.observe({ medianMs: 110, samples: 10, reach: 10 }, false);
    expect(young.ms).toBeCloseTo(105);
    expect(old.ms).toBe(100);
  });

  it('includes a window at the limit once more calls were no slower', () => {
    const baseline = begun();
    baseline.recordHealthy({ medianMs: 110, samples: 50, reach: 40 });
    expect(baseline.ms).toBe(100);
    baseline.recordHealthy({ medianMs: 110, samples: 50, reach: 52 });
    expect(baseline.ms).toBeGreaterThan(103);
  });

  it('excludes windows that fill the limit without exceeding it', () => {
    const baseline = begun();
    for (let window = 0; window < 500; window++)
      baseline.recordHealthy({ medianMs: 115, samples: 50, reach: 40 + (window % 8) });
    expect(baseline.ms).toBe(100);
  });

  it('discards the candidate window after an overload', () => {
    const baseline = begun();
    baseline.recordHealthy({ medianMs: 115, samples: 50, reach: 40 });
    baseline.recordOverload();
    baseline.recordHealthy({ medianMs: 115, samples: 50, reach: 80 });
    expect(baseline.ms).toBe(100);
  });

  it('excludes slow windows, also under light load', () => {
    const baseline = begun();
    baseline.observe({ medianMs: 140, samples: 50, reach: 3 }, true);
    expect(baseline.ms).toBe(100);
  });

  it('falls at any load for a window that is clearly faster', () => {
    const baseline = begun();
    baseline.observe({ medianMs: 50, samples: 50, reach: 40 }, false);
    expect(baseline.ms).toBeCloseTo(85);
  });
});
