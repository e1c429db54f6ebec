import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from '../../../../src/origins/http/retry-after.js';

const NOW = Date.UTC(2026, 10, 28, 12);
const at = (ms: number): string => new Date(NOW + ms).toUTCString();
const read = (header: unknown, date?: string): number | undefined =>
  retryAfterMs({ 'retry-after': header, ...(date === undefined ? {} : { date }) }, NOW);

describe('retryAfterMs', () => {
  it.each([
    ['120', 120_000],
    [' 120 ', 120_000],
    ['+5', 5000],
    ['1.5', 1500],
    ['0.0001', 1],
    ['0', 0],
    ['99999999999999999999', 86_400_000],
    ['60000000', 86_400_000],
  ])('reads %j as %i ms', (header, ms) => {
    expect(read(header)).toBe(ms);
  });

  it.each([
    ['IMF-fixdate', at(30_000)],
    ['RFC 850', 'Saturday, 28-Nov-26 12:00:30 GMT'],
    ['asctime', 'Sat Nov 28 12:00:30 2026'],
    ['RFC 3339', '2026-11-28T12:00:30Z'],
  ])('reads a date of the form %s', (_, header) => {
    expect(read(header)).toBe(30_000);
  });

  it('compares a date with the clock of the origin', () => {
    const originIsAheadMs = 3_600_000;
    expect(read(at(originIsAheadMs + 20_000), at(originIsAheadMs))).toBe(20_000);
    expect(read(at(20_000), 'not a date')).toBe(20_000);
  });

  it.each([
    ...['-1', '-1.5', '', ' ', 'soon', '5 5', '1e3', '0x10', '1,5', '5s', 'NaN'],
    at(-1000),
    at(-86_400_000),
    undefined,
    ['5'],
    5,
  ])('reads no wait in %j', (header) => {
    expect(read(header)).toBeUndefined();
  });
});
