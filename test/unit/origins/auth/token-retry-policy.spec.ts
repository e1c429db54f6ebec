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

/** The starts of attempts, in steps of 10 ms, if every attempt fails with this fault. */
function attempts(fault: TokenFault, circumstances: Circumstances = {}): number[] {
  const { hasToken = false, forMs = 60_000, random = () => 1, retryAfterMs } = circumstances;
  const clock = new ManualClock();
  const policy = new TokenRetryPolicy(clock, random);
  const startedAtMs: number[] = [];
  while (clock.nowMs() <= forMs) {
    clock.advance(10);
    if (!policy.mayStart(hasToken)) continue;
    startedAtMs.push(clock.nowMs());
    policy.started();
    policy.failed(new TokenFailure(fault, retryAfterMs));
  }
  return startedAtMs;
}

const gaps = (atMs: readonly number[]) => atMs.slice(1).map((at, index) => at - (atMs[index] ?? 0));

describe('TokenRetryPolicy', () => {
  it.each<TokenFault>(['invalid_client', 'refused', 'too_much'])(
    'allows at most one attempt in 5 s after %s',
    (fault) => {
      fc.assert(
        fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
          expect(Math.min(...gaps(attempts(fault, { random: () => random })))).toBeGreaterThanOrEqual(5000);
        }),
        { numRuns: 20 },
      );
    },
  );

  it.each<TokenFault>(['login_error', 'timeout', 'unreachable', 'bad_answer'])(
    'waits at most a second after %s when there is no token',
    (fault) => {
      const atMs = attempts(fault);
      expect(gaps(atMs).slice(0, 3)).toEqual([250, 500, 1000]);
      expect(Math.max(...gaps(atMs))).toBe(1000);
    },
  );

  it('waits up to 10 s while the old token serves', () => {
    const atMs = attempts('unreachable', { hasToken: true });
    expect(gaps(atMs).slice(0, 7)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000]);
  });

  it('waits at most a second once the old token has expired', () => {
    const clock = new ManualClock();
    const policy = new TokenRetryPolicy(clock, () => 1);
    for (let failure = 0; failure < 10; failure++) policy.failed(new TokenFailure('unreachable'));
    policy.started();
    clock.advance(1000);
    expect([policy.mayStart(true), policy.mayStart(false)]).toEqual([false, true]);
  });

  it.each([
    [3000, 3000],
    [600_000, 60_000],
  ])('obeys a Retry-After of %i ms as a gap of %i ms', (retryAfterMs, gapMs) => {
    expect(gaps(attempts('rate_limited', { retryAfterMs, forMs: 130_000 }))[0]).toBe(gapMs);
  });

  it.each<TokenFault>(['rate_limited', 'login_error'])('backs off after %s with a Retry-After of 0', (fault) => {
    expect(gaps(attempts(fault, { retryAfterMs: 0 })).slice(0, 3)).toEqual([250, 500, 1000]);
  });

  it('resets the backoff after a success', () => {
    const clock = new ManualClock();
    const policy = new TokenRetryPolicy(clock, () => 1);
    for (let failure = 0; failure < 10; failure++) policy.failed(new TokenFailure('invalid_client'));
    policy.succeeded();
    policy.started();
    expect(policy.mayStart(false)).toBe(true);
  });

  it('backs off when the platform refuses every young token', () => {
    const clock = new ManualClock();
    const policy = new TokenRetryPolicy(clock, () => 1);
    const waitsMs = [1, 2, 3, 4].map(() => {
      policy.started();
      policy.succeeded();
      policy.tokenRefused(true);
      let waitMs = 0;
      for (; !policy.mayStart(false); waitMs += 10) clock.advance(10);
      return waitMs;
    });
    expect(waitsMs).toEqual([0, 1000, 2000, 4000]);
  });
});
