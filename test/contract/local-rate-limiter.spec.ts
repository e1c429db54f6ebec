import { describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../src/kernel/clock.js';
import { LocalRateLimiter } from '../../src/origins/admission/internal/local-rate-limiter.js';
import { ManualClock } from '../support/manual-clock.js';
import { rateLimiterContract } from './rate-limiter.contract.js';

rateLimiterContract('the local rate limiter', () => Promise.resolve(new LocalRateLimiter(new SystemClock())));

describe('the local rate limiter of one process among several', () => {
  it('keeps the limit divided by the number of processes', async () => {
    const clock = new ManualClock();
    const rateLimiter = new LocalRateLimiter(clock, () => 4);
    let acquired = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      const { kind } = await rateLimiter.acquire({
        account: 'crm',
        maxPerSecond: 100,
        maxPerMinute: undefined,
        share: 1,
        maxWaitMs: 0,
      });
      if (kind === 'acquired') acquired++;
      clock.advance(1);
    }
    expect(acquired).toBeGreaterThanOrEqual(248);
    expect(acquired).toBeLessThanOrEqual(252);
  });
});
