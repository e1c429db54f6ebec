import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseHttpDateMs, parseIsoTimeMs, parseMomentMs } from '../../../src/kernel/parse-time.js';

const NOW = Date.UTC(2026, 10, 28);
const AT = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('parseHttpDateMs', () => {
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 UTC',
    'Sun Nov  6 08:49:37 1994',
    ' sun, 6 nov 1994 08:49:37 gmt ',
  ])('reads %j as one time, in every time zone of the process', (text) => {
    expect(parseHttpDateMs(text, NOW)).toBe(AT);
  });

  it.each([
    ['Saturday, 01-Jan-76 00:00:00 GMT', 2076],
    ['Friday, 01-Jan-77 00:00:00 GMT', 1977],
    ['Friday, 01-Jan-27 00:00:00 GMT', 2027],
  ])('reads the year of %j as %i', (text, year) => {
    expect(new Date(parseHttpDateMs(text, NOW) ?? 0).getUTCFullYear()).toBe(year);
  });

  it.each([
    ...['', '1.5', '-1', '5', '2026', 'soon', 'Sun, 06 Nov 1994', 'Sun, 06 Foo 1994 08:49:37 GMT'],
    ...['Sun, 31 Feb 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 24:00:00 GMT', 'Sun, 06 Nov 1994 08:49:37 EST'],
  ])('reads no date in %j', (text) => {
    expect(parseHttpDateMs(text, NOW)).toBeUndefined();
  });

  it('reads every date that a server writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        expect(parseHttpDateMs(date.toUTCString(), NOW)).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });
});

describe('parseIsoTimeMs', () => {
  it.each([
    ['1994-11-06T08:49:37Z', AT],
    ['1994-11-06 08:49:37', AT],
    ['1994-11-06T08:49:37.5Z', AT + 500],
    ['1994-11-06T08:49:37.123456789Z', AT + 123],
    ['1994-11-06T10:49:37+02:00', AT],
    ['1994-11-06T03:19:37-0530', AT],
    ['1994-11-06T08:49Z', AT - 37_000],
  ])('reads %s', (text, atMs) => {
    expect(parseIsoTimeMs(text)).toBe(atMs);
  });

  it.each(['', '1.5', '2026', '2026-11-28', '2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-11-28T25:00:00Z'])(
    'reads no time in %j',
    (text) => {
      expect(parseIsoTimeMs(text)).toBeUndefined();
    },
  );

  it('reads every time that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        expect(parseIsoTimeMs(date.toISOString())).toBe(date.getTime());
      }),
    );
  });
});

describe('parseMomentMs', () => {
  it.each([
    [1_649_237_444_949, 1_649_237_444_949],
    ['1649237444949', 1_649_237_444_949],
    ['1994-11-06T08:49:37Z', AT],
    [0, undefined],
    [-5, undefined],
    [Infinity, undefined],
    ['-5', undefined],
    ['1.5', undefined],
    [null, undefined],
    [{}, undefined],
  ])('reads %j as %j', (value, atMs) => {
    expect(parseMomentMs(value)).toBe(atMs);
  });
});
