import { describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../src/kernel/clock.js';
import { LocalRateLimiter } from '../../src/origins/admission/internal/local-rate-limiter.js';
import { ManualClock } from '../support/manual-clock.js';
import { regionLedgerContract } from './region-ledger.contract.js';

regionLedgerContract('the ledger of one process', () => Promise.resolve(new LocalRateLimiter(new SystemClock())));

describe('the ledger of one process among several', () => {
  it('keeps to its share of the ceiling', async () => {
    const clock = new ManualClock();
    const ledger = new LocalRateLimiter(clock, () => 4);
    let made = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      const { kind } = await ledger.acquire({
        account: 'crm',
        maxPerSecond: 100,
        maxPerMinute: undefined,
        share: 1,
        waitMs: 0,
      });
      if (kind === 'go') made++;
      clock.advance(1);
    }
    expect(made).toBeGreaterThanOrEqual(248);
    expect(made).toBeLessThanOrEqual(252);
  });
});
