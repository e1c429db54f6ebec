import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RecentWindows } from '../../../src/modules/ops/region/recent-windows.js';
import { counts } from './samples.js';

const second = (count: number) => counts(count === 0 ? {} : { answers: { cache: count } });
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

describe('the windows of the page', () => {
  it('add up exactly the last seconds of each window', () => {
    const secondsOf = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 1100 });
    fc.assert(
      fc.property(secondsOf, (seconds) => {
        const windows = new RecentWindows();
        for (const count of seconds) windows.add(second(count));
        const read = (window: 'now' | 'minute' | 'chart' | 'day') => windows.of(window, 'answers').cache ?? 0;

        expect(read('now')).toBe(sum(seconds.slice(-10)));
        expect(read('minute')).toBe(sum(seconds.slice(-60)));
        expect(read('chart')).toBe(sum(seconds.slice(-900)));
        expect(read('day')).toBe(sum(seconds));
        expect(windows.lengthS('now')).toBe(Math.min(10, seconds.length));
      }),
      { numRuns: 30 },
    );
  });

  it('forget what is older than 24 hours, in steps of 10 minutes', () => {
    const windows = new RecentWindows();
    windows.add(second(1000));
    for (let number = 1; number < 86_400; number++) windows.add(second(0));
    expect(windows.of('day', 'answers').cache ?? 0).toBe(0);

    windows.add(second(7));
    for (let number = 1; number < 85_000; number++) windows.add(second(0));
    expect(windows.of('day', 'answers').cache).toBe(7);
  });
});
