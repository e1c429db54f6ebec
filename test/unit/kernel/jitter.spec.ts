import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { failureBackoffMs, jitteredLifeMs, fullJitterMs } from '../../../src/kernel/jitter.js';

const THIRTY_DAYS_MS = 2_592_000_000;
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const ALMOST_ONE = 1 - Number.EPSILON;

describe('jitteredLifeMs', () => {
  it('returns an integer between nine tenths of the lifetime and the lifetime', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: THIRTY_DAYS_MS }), random, (lifeMs, chance) => {
        const jitteredMs = jitteredLifeMs(lifeMs, chance);
        expect(Number.isInteger(jitteredMs)).toBe(true);
        expect(jitteredMs).toBeLessThanOrEqual(lifeMs);
        expect(jitteredMs).toBeGreaterThanOrEqual(Math.max(1, Math.floor(lifeMs * 0.9)));
      }),
    );
  });

  it('returns the lifetime for a chance of 0 and nine tenths for a chance near 1', () => {
    expect(jitteredLifeMs(1000, 0)).toBe(1000);
    expect(jitteredLifeMs(1000, 0.5)).toBe(950);
    expect(jitteredLifeMs(1000, ALMOST_ONE)).toBe(900);
  });
});

describe('failureBackoffMs', () => {
  it('doubles the backoff from 250 ms up to a second', () => {
    expect([0, 1, 2, 3, 50, 5000].map((before) => failureBackoffMs(before, 0))).toEqual([
      250, 500, 1000, 1000, 1000, 1000,
    ]);
  });

  it('returns an integer that jitter shortens by a fifth at most', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), random, (before, chance) => {
        const [backoffMs, fullMs] = [failureBackoffMs(before, chance), failureBackoffMs(before, 0)];
        expect(Number.isInteger(backoffMs)).toBe(true);
        expect(backoffMs).toBeLessThanOrEqual(fullMs);
        expect(backoffMs).toBeGreaterThanOrEqual(fullMs * 0.8);
      }),
    );
  });
});

describe('fullJitterMs', () => {
  it('draws from a range that doubles up to a bound', () => {
    expect(fullJitterMs(100, 1000, 0, 0)).toBe(0);
    expect([0, 1, 2, 3, 4, 5, 1000].map((before) => fullJitterMs(100, 1000, before, 1))).toEqual([
      100, 200, 400, 800, 1000, 1000, 1000,
    ]);
  });
});
