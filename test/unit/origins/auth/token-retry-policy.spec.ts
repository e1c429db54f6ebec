import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TokenFailure, type TokenFault } from '../../../../src/origins/auth/internal/token-failure.js';
import { TokenRetryPolicy } from '../../../../src/origins/auth/internal/token-retry-policy.js';
import { ManualClock } from '../../../support/manual-clock.js';

interface Circumstances {
  readonly hasToken?: boolean;
  readonly forMs?: number;
  readonly random?: () => number;
  readonly retryAfterMs?: number;
}

/** When attempts begin, in whole steps of 10 ms, if all of them fail like this. */
function attempts(fault: TokenFault, circumstances: Circumstances = {}): number[] {
  const { hasToken = false, forMs = 60_000, random = () => 1, retryAfterMs } = circumstances;
  const clock = new ManualClock();
  const pace = new TokenRetryPolicy(clock, random);
  const begunAtMs: number[] = [];
  while (clock.nowMs() <= forMs) {
    clock.advance(10);
    if (!pace.mayStart(hasToken)) continue;
    begunAtMs.push(clock.nowMs());
    pace.started();
    pace.failed(new TokenFailure(fault, retryAfterMs));
  }
  return begunAtMs;
}

const gaps = (atMs: readonly number[]) => atMs.slice(1).map((at, index) => at - (atMs[index] ?? 0));

describe('the pace of requests for a token', () => {
  it.each<TokenFault>(['invalid_client', 'refused', 'too_much'])('is at most one in 5 s after %s', (fault) => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        expect(Math.min(...gaps(attempts(fault, { random: () => random })))).toBeGreaterThanOrEqual(5000);
      }),
      { numRuns: 20 },
    );
  });

  it.each<TokenFault>(['login_error', 'timeout', 'unreachable', 'bad_answer'])(
    'is never slower than one a second after %s, where there is no token',
    (fault) => {
      const atMs = attempts(fault);
      expect(gaps(atMs).slice(0, 3)).toEqual([250, 500, 1000]);
      expect(Math.max(...gaps(atMs))).toBe(1000);
    },
  );

  it('grows slower while an old token serves', () => {
    const atMs = attempts('unreachable', { hasToken: true });
    expect(gaps(atMs).slice(0, 7)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000]);
  });

  it('does not wait any longer when the old token has run out', () => {
    const clock = new ManualClock();
    const pace = new TokenRetryPolicy(clock, () => 1);
    for (let failure = 0; failure < 10; failure++) pace.failed(new TokenFailure('unreachable'));
    pace.started();
    clock.advance(1000);
    expect([pace.mayStart(true), pace.mayStart(false)]).toEqual([false, true]);
  });

  it.each([
    [3000, 3000],
    [600_000, 60_000],
  ])('keeps to a Retry-After of %i ms as %i', (retryAfterMs, gapMs) => {
    expect(gaps(attempts('rate_limited', { retryAfterMs, forMs: 130_000 }))[0]).toBe(gapMs);
  });

  it.each<TokenFault>(['rate_limited', 'login_error'])('slows down after %s with a Retry-After of nothing', (fault) => {
    expect(gaps(attempts(fault, { retryAfterMs: 0 })).slice(0, 3)).toEqual([250, 500, 1000]);
  });

  it('begins anew after a success', () => {
    const clock = new ManualClock();
    const pace = new TokenRetryPolicy(clock, () => 1);
    for (let failure = 0; failure < 10; failure++) pace.failed(new TokenFailure('invalid_client'));
    pace.succeeded();
    pace.started();
    expect(pace.mayStart(false)).toBe(true);
  });

  it('is not hurried by a platform that refuses every token', () => {
    const clock = new ManualClock();
    const pace = new TokenRetryPolicy(clock, () => 1);
    const waitsMs = [1, 2, 3, 4].map(() => {
      pace.started();
      pace.succeeded();
      pace.tokenRefused(true);
      let waitMs = 0;
      for (; !pace.mayStart(false); waitMs += 10) clock.advance(10);
      return waitMs;
    });
    expect(waitsMs).toEqual([0, 1000, 2000, 4000]);
  });
});
