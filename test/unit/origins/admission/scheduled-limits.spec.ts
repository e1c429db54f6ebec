import { describe, expect, it } from '@jest/globals';
import { cronText, windowAt } from '../../../../src/config/cron.js';
import { OriginFailure } from '../../../../src/kernel/errors.js';
import { fullJitterMs } from '../../../../src/kernel/jitter.js';
import { ScheduledLimits } from '../../../../src/origins/admission/internal/scheduled-limits.js';
import { RetryAfterBackoff } from '../../../../src/origins/admission/internal/retry-after-backoff.js';
import { ShedLog } from '../../../../src/origins/admission/internal/shed-log.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ONE_HOUR_MS = 3_600_000;

describe('a back-off with full jitter', () => {
  it('is anything up to a span that doubles up to a bound', () => {
    expect(fullJitterMs(100, 1000, 0, 0)).toBe(0);
    expect([0, 1, 2, 3, 4, 5, 1000].map((before) => fullJitterMs(100, 1000, before, 1))).toEqual([
      100, 200, 400, 800, 1000, 1000, 1000,
    ]);
  });
});

describe('a pause after a refusal', () => {
  const refusal = (code: 'origin_rate_limited' | 'origin_error', retryAfterMs?: number) =>
    new OriginFailure(code, 'refused', { refused: true, retryAfterMs });

  it('is as long as the origin asks for, up to a minute', () => {
    const refusals = new RetryAfterBackoff(() => 1);
    expect(refusals.pauseMsAfter(refusal('origin_rate_limited', 3000))).toBe(3000);
    expect(refusals.pauseMsAfter(refusal('origin_error', 86_400_000))).toBe(60_000);
  });

  it('is drawn from a growing span where a 429 does not say, until there is an answer', () => {
    const refusals = new RetryAfterBackoff(() => 1);
    const next = () => refusals.pauseMsAfter(refusal('origin_rate_limited'));
    expect([next(), next(), next(), next(), next()]).toEqual([500, 1000, 2000, 4000, 5000]);
    refusals.reset();
    expect(next()).toBe(500);
  });

  it('is not made for other failures', () => {
    const refusals = new RetryAfterBackoff(() => 1);
    expect(refusals.pauseMsAfter(refusal('origin_error'))).toBeUndefined();
    expect(refusals.pauseMsAfter(new OriginFailure('origin_error', 'broken'))).toBeUndefined();
  });
});

describe('the ceilings of a system', () => {
  const limits = {
    maxConcurrent: 100,
    maxPerSecond: undefined,
    maxPerMinute: undefined,
    adaptive: false,
    backgroundShare: 0.5,
    queueMs: 0,
  };
  const atHour = (hour: number) => new Date(2026, 10, 23, hour).getTime();

  it('are others while a window is open, and of two windows those of the last', () => {
    let nowMs = atHour(7);
    const schedule = [
      { cron: '0 8 * * *', forMs: 4 * ONE_HOUR_MS, maxConcurrent: 20, maxPerSecond: 50 },
      { cron: '0 10 * * *', forMs: ONE_HOUR_MS, maxConcurrent: 5, maxPerSecond: undefined },
    ];
    const ceilings = new ScheduledLimits({ ...limits, schedule }, () => nowMs);
    const at = (hour: number) => {
      nowMs = atHour(hour);
      return ceilings.current();
    };
    expect(at(7)).toEqual({ maxConcurrent: 100, maxPerSecond: undefined });
    expect(at(8)).toEqual({ maxConcurrent: 20, maxPerSecond: 50 });
    expect(at(10)).toEqual({ maxConcurrent: 5, maxPerSecond: undefined });
    expect(at(11)).toEqual({ maxConcurrent: 20, maxPerSecond: 50 });
    expect(at(12)).toEqual({ maxConcurrent: 100, maxPerSecond: undefined });
  });

  it('open with the first second of a window and end with its last', () => {
    const opensMs = new Date(2026, 10, 23, 8).getTime();
    const open = (atMs: number) => windowAt('0 8 * * *', ONE_HOUR_MS, atMs).isOpen;
    expect([opensMs - 1, opensMs, opensMs + ONE_HOUR_MS - 1, opensMs + ONE_HOUR_MS].map(open)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('are those of the time of day also when the clock has been set back', () => {
    let nowMs = atHour(9);
    const schedule = [{ cron: '0 8 * * *', forMs: ONE_HOUR_MS / 2, maxConcurrent: 20, maxPerSecond: undefined }];
    const ceilings = new ScheduledLimits({ ...limits, schedule }, () => nowMs);
    expect(ceilings.current().maxConcurrent).toBe(100);
    nowMs = atHour(8);
    expect(ceilings.current().maxConcurrent).toBe(20);
    nowMs = atHour(8) + ONE_HOUR_MS / 2;
    expect(ceilings.current().maxConcurrent).toBe(100);
  });

  it.each(['0 0 30 2 *', '0 0 31 4,6 *'])('have no window of "%s", a day that never comes', (cron) => {
    expect(cronText(cron)).toMatch(/^must name a moment that comes/);
  });

  it.each(['0 25 * * *', 'at nine', '', '* * *'])('have no window of "%s"', (cron) => {
    expect(cronText(cron)).toMatch(/^must be a cron expression/);
  });
});

describe('the log of what is turned away', () => {
  it('has one line a second at most, and every count in it', () => {
    const clock = new ManualClock();
    const lines: unknown[] = [];
    const counted: string[] = [];
    const log = new ShedLog(clock, { warn: (line: unknown) => void lines.push(line) } as never, {
      shed: (...what: string[]) => void counted.push(what.join(' ')),
    });
    for (let ms = 0; ms < 3000; ms++) {
      log.record('crm', 'rate', 'ivr');
      clock.advance(1);
    }
    log.close();

    expect(counted).toHaveLength(3000);
    expect(lines).toEqual([
      { shed: { 'crm rate ivr': 1 } },
      { shed: { 'crm rate ivr': 1000 } },
      { shed: { 'crm rate ivr': 1000 } },
      { shed: { 'crm rate ivr': 999 } },
    ]);
  });
});
