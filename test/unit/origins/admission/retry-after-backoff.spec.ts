import { describe, expect, it } from '@jest/globals';
import { OriginFailure } from '../../../../src/kernel/errors.js';
import { RetryAfterBackoff } from '../../../../src/origins/admission/internal/retry-after-backoff.js';

describe('RetryAfterBackoff', () => {
  const refusal = (code: 'origin_rate_limited' | 'origin_error', retryAfterMs?: number) =>
    new OriginFailure(code, 'refused', { refused: true, retryAfterMs });

  it('pauses for as long as the origin asks, up to a minute', () => {
    const backoff = new RetryAfterBackoff(() => 1);
    expect(backoff.pauseMsAfter(refusal('origin_rate_limited', 3000))).toBe(3000);
    expect(backoff.pauseMsAfter(refusal('origin_error', 86_400_000))).toBe(60_000);
  });

  it('draws the pause from a growing range after a 429 without Retry-After, until a reset', () => {
    const backoff = new RetryAfterBackoff(() => 1);
    const next = () => backoff.pauseMsAfter(refusal('origin_rate_limited'));
    expect([next(), next(), next(), next(), next()]).toEqual([500, 1000, 2000, 4000, 5000]);
    backoff.reset();
    expect(next()).toBe(500);
  });

  it('does not pause after other failures', () => {
    const backoff = new RetryAfterBackoff(() => 1);
    expect(backoff.pauseMsAfter(refusal('origin_error'))).toBeUndefined();
    expect(backoff.pauseMsAfter(new OriginFailure('origin_error', 'broken'))).toBeUndefined();
  });
});
