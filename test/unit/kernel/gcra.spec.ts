import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BURST_MS, Gcra, perMinuteRate, perSecondRate } from '../../../src/kernel/gcra.js';

describe('Gcra', () => {
  it('admits no more calls than the rate allows in any span', () => {
    const gaps = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: 50, maxLength: 300 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), gaps, (perSecond, waits) => {
        const gcra = new Gcra();
        const rate = perSecondRate(perSecond);
        const madeAtMs: number[] = [];
        let nowMs = 0;
        for (const gapMs of waits) {
          nowMs += gapMs;
          if (gcra.tryAcquire(rate, nowMs) !== undefined) madeAtMs.push(nowMs);
        }
        for (const fromMs of madeAtMs) {
          const inSpan = madeAtMs.filter((atMs) => atMs >= fromMs && atMs <= fromMs + 500).length;
          expect(inSpan).toBeLessThanOrEqual((500 + rate.burstToleranceMs) / rate.intervalMs + 1e-6);
        }
      }),
    );
  });

  it('admits the full rate when callers never stop asking', () => {
    const gcra = new Gcra();
    const rate = perSecondRate(200);
    let made = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs++) if (gcra.tryAcquire(rate, nowMs) !== undefined) made++;
    expect(made).toBeGreaterThanOrEqual(2000);
    expect(made).toBeLessThanOrEqual(2000 + (200 * BURST_MS) / 1000);
  });

  it('delays a call that can wait, and later calls behind it', () => {
    const gcra = new Gcra();
    const rate = perSecondRate(10, 1);
    expect(gcra.tryAcquire(rate, 0)).toBe(0);
    expect(gcra.tryAcquire(rate, 0, 99)).toBeUndefined();
    expect(gcra.tryAcquire(rate, 0, 250)).toBe(100);
    expect(gcra.tryAcquire(rate, 0, 250)).toBe(200);
    expect(gcra.tryAcquire(rate, 0, 250)).toBeUndefined();
    expect(gcra.tryAcquire(rate, 150)).toBeUndefined();
    expect(gcra.tryAcquire(rate, 300)).toBe(0);
  });
});

describe('perMinuteRate', () => {
  it('keeps the per-minute rate in any 60 s, also if calls reach the origin up to a second later', () => {
    const gaps = fc.array(fc.double({ min: 0, max: 2000, noNaN: true }), { minLength: 100, maxLength: 800 });
    const delays = fc.array(fc.double({ min: 0, max: 1000, maxExcluded: true, noNaN: true }), { minLength: 1 });
    const waits = fc.constantFrom(0, 250, 5000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), gaps, delays, waits, (perMinute, gapsMs, delaysMs, waitMs) => {
        const gcra = new Gcra();
        const rate = perMinuteRate(perMinute);
        const seenAtMs: number[] = [];
        let nowMs = 0;
        for (const [call, gapMs] of gapsMs.entries()) {
          nowMs += gapMs / Math.max(1, perMinute / 60);
          const afterMs = gcra.tryAcquire(rate, nowMs, waitMs);
          if (afterMs !== undefined) seenAtMs.push(nowMs + afterMs + (delaysMs[call % delaysMs.length] ?? 0));
        }
        seenAtMs.sort((a, b) => a - b);
        for (const [first, fromMs] of seenAtMs.entries()) {
          const beyond = seenAtMs[first + perMinute];
          if (beyond !== undefined) expect(beyond - fromMs).toBeGreaterThanOrEqual(60_000 - 1e-6);
        }
      }),
    );
  });

  it.each([
    [300, 60, 297],
    [10, 2, 10],
    [1, 1, 1],
  ])('limits a rate of %i per minute to %i calls at once and %i calls in a minute', (perMinute, burst, all) => {
    const gcra = new Gcra();
    const rate = perMinuteRate(perMinute);
    let made = 0;
    while (gcra.tryAcquire(rate, 0) !== undefined) made++;
    expect(made).toBe(burst);
    for (let nowMs = 1; nowMs < 60_000; nowMs++) if (gcra.tryAcquire(rate, nowMs) !== undefined) made++;
    expect(made).toBe(all);
  });
});
