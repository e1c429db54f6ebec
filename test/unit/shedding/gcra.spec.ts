import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BURST_MS, Gcra, rateOf } from '../../../src/shedding/internal/gcra.js';

describe('a rate', () => {
  it('has no edges: in no span are there more calls than it allows', () => {
    const gaps = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: 50, maxLength: 300 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), gaps, (perSecond, waits) => {
        const gcra = new Gcra();
        const rate = rateOf(perSecond);
        const madeAtMs: number[] = [];
        let nowMs = 0;
        for (const gapMs of waits) {
          nowMs += gapMs;
          if (gcra.take(rate, nowMs) !== undefined) madeAtMs.push(nowMs);
        }
        for (const fromMs of madeAtMs) {
          const inSpan = madeAtMs.filter((atMs) => atMs >= fromMs && atMs <= fromMs + 500).length;
          expect(inSpan).toBeLessThanOrEqual((500 + rate.depthMs) / rate.intervalMs + 1e-6);
        }
      }),
    );
  });

  it('is reached to the full by callers who never stop asking', () => {
    const gcra = new Gcra();
    const rate = rateOf(200);
    let made = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs++) if (gcra.take(rate, nowMs) !== undefined) made++;
    expect(made).toBeGreaterThanOrEqual(2000);
    expect(made).toBeLessThanOrEqual(2000 + (200 * BURST_MS) / 1000);
  });

  it('gives one who can wait their turn, and pushes the others back by it', () => {
    const gcra = new Gcra();
    const rate = rateOf(10, 1);
    expect(gcra.take(rate, 0)).toBe(0);
    expect(gcra.take(rate, 0, 99)).toBeUndefined();
    expect(gcra.take(rate, 0, 250)).toBe(100);
    expect(gcra.take(rate, 0, 250)).toBe(200);
    expect(gcra.take(rate, 0, 250)).toBeUndefined();
    expect(gcra.take(rate, 150)).toBeUndefined();
    expect(gcra.take(rate, 300)).toBe(0);
  });
});
