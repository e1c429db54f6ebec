import { describe, expect, it } from '@jest/globals';
import { cronText, windowAt } from '../../../../src/config/cron.js';
import { ScheduledLimits } from '../../../../src/origins/admission/internal/scheduled-limits.js';

const ONE_HOUR_MS = 3_600_000;

describe('ScheduledLimits', () => {
  const limits = {
    maxConcurrent: 100,
    maxPerSecond: undefined,
    maxPerMinute: undefined,
    adaptive: false,
    backgroundShare: 0.5,
    queueMs: 0,
  };
  const atHour = (hour: number) => new Date(2026, 10, 23, hour).getTime();

  it('returns the limits of the open window, and of two open windows those of the last', () => {
    let nowMs = atHour(7);
    const schedule = [
      { cron: '0 8 * * *', forMs: 4 * ONE_HOUR_MS, maxConcurrent: 20, maxPerSecond: 50 },
      { cron: '0 10 * * *', forMs: ONE_HOUR_MS, maxConcurrent: 5, maxPerSecond: undefined },
    ];
    const scheduled = new ScheduledLimits({ ...limits, schedule }, () => nowMs);
    const at = (hour: number) => {
      nowMs = atHour(hour);
      return scheduled.current();
    };
    expect(at(7)).toEqual({ maxConcurrent: 100, maxPerSecond: undefined });
    expect(at(8)).toEqual({ maxConcurrent: 20, maxPerSecond: 50 });
    expect(at(10)).toEqual({ maxConcurrent: 5, maxPerSecond: undefined });
    expect(at(11)).toEqual({ maxConcurrent: 20, maxPerSecond: 50 });
    expect(at(12)).toEqual({ maxConcurrent: 100, maxPerSecond: undefined });
  });

  it('opens a window with its first millisecond and closes it after its last', () => {
    const opensMs = new Date(2026, 10, 23, 8).getTime();
    const open = (atMs: number) => windowAt('0 8 * * *', ONE_HOUR_MS, atMs).isOpen;
    expect([opensMs - 1, opensMs, opensMs + ONE_HOUR_MS - 1, opensMs + ONE_HOUR_MS].map(open)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('follows the time of day when the clock is set back', () => {
    let nowMs = atHour(9);
    const schedule = [{ cron: '0 8 * * *', forMs: ONE_HOUR_MS / 2, maxConcurrent: 20, maxPerSecond: undefined }];
    const scheduled = new ScheduledLimits({ ...limits, schedule }, () => nowMs);
    expect(scheduled.current().maxConcurrent).toBe(100);
    nowMs = atHour(8);
    expect(scheduled.current().maxConcurrent).toBe(20);
    nowMs = atHour(8) + ONE_HOUR_MS / 2;
    expect(scheduled.current().maxConcurrent).toBe(100);
  });

  it.each(['0 0 30 2 *', '0 0 31 4,6 *'])('rejects a window of "%s", a day that never comes', (cron) => {
    expect(cronText(cron)).toMatch(/^must match a date that exists/);
  });

  it.each(['0 25 * * *', 'at nine', '', '* * *'])('rejects a window of "%s"', (cron) => {
    expect(cronText(cron)).toMatch(/^must be a cron expression/);
  });
});
