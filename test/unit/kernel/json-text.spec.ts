import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJson, parseReadings } from '../../../src/kernel/json-text.js';

describe('parseJson', () => {
  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993.0', '9007199254740993'],
    ['9.007199254740993e15', '9007199254740993'],
    ['90071992547409930E-1', '9007199254740993'],
    ['12345678901234567890123456789012345678901234567890', '12345678901234567890123456789012345678901234567890'],
    ['1e21', '1000000000000000000000'],
    ['1e400', '1e400'],
    ['1e999999999', '1e999999999'],
    ['1e-400', '1e-400'],
    ['0.12345678901234567890123', '0.12345678901234567890123'],
    ['1355517523.00000512345678', '1355517523.00000512345678'],
  ])('makes text of %s, which no double holds', (number, text) => {
    expect(parseJson(number)).toBe(text);
    expect(parseJson(`{"a":[ ${number} ]}`)).toEqual({ a: [text] });
  });

  it.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['1e3', 1000],
    ['1.50000000000000000000', 1.5],
    ['0.30000000000000004', 0.300_000_000_000_000_04],
    ['5e-324', 5e-324],
    ['-0', -0],
    ['0e5', 0],
    ['0.0000000000000000000', 0],
  ])('makes a number of %s, which a double holds', (number, value) => {
    expect(parseJson(number)).toBe(value);
  });

  it('leaves digits in strings and names alone', () => {
    const text = String.raw`{"9007199254740993":"9007199254740993","a\"1e400":" 1e400, 9007199254740993","b":9007199254740993}`;
    expect(parseJson(text)).toEqual({
      '9007199254740993': '9007199254740993',
      'a"1e400': ' 1e400, 9007199254740993',
      b: '9007199254740993',
    });
  });

  it.each([
    '09007199254740993',
    '+9007199254740993',
    '{9007199254740993:1}',
    '9007199254740993x',
    '[9007199254740993,]',
  ])('refuses %s as JSON.parse does', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('keeps every whole number apart from its neighbour', () => {
    fc.assert(
      fc.property(fc.bigInt(), (number) => {
        expect(String(parseJson(`${number}`))).toBe(`${number}`);
        expect(parseJson(`${number}`)).not.toBe(parseJson(`${number + 1n}`));
      }),
    );
  });

  it('reads JSON without such numbers as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        const value: unknown = JSON.parse(text);
        fc.pre(!/\d{16}|[eE]/.test(JSON.stringify(value)));
        expect(parseJson(text)).toEqual(value);
      }),
    );
  });

  it('takes no time that grows with the square of the digits', () => {
    const zeros = '0'.repeat(200_000);
    expect(parseJson(`1${zeros}1`)).toBe(`1${zeros}1`);
    expect(parseJson(`0.${zeros}1`)).toBe(`0.${zeros}1`);
  });
});

describe('parseReadings', () => {
  it('returns one object if no whole number is beyond 2^53', () => {
    const { exact, rounded } = parseReadings('{"a":33.333333333333333333333,"b":1e3,"c":"9007199254740993"}');
    expect(exact).toBe(rounded);
    expect(exact).toEqual({ a: 100 / 3, b: 1000, c: '9007199254740993' });
  });

  it('makes text of whole numbers beyond 2^53 in one reading, and doubles in the other', () => {
    expect(parseReadings('{"a":9007199254740993,"b":[1e400,1e300]}')).toEqual({
      exact: { a: '9007199254740993', b: [Infinity, 1e300] },
      rounded: { a: 2 ** 53, b: [Infinity, 1e300] },
    });
  });
});
