import { describe, expect, it } from '@jest/globals';
import { parseDecimal } from '../../../src/kernel/parse-number.js';

describe('parseDecimal', () => {
  it.each([
    [5, 5],
    [' 5 ', 5],
    ['+5', 5],
    ['-5', -5],
    ['007', 7],
    ['3599.5', 3599.5],
    ['3600.', 3600],
  ])('reads %j as %j', (value, number) => {
    expect(parseDecimal(value)).toBe(number);
  });

  it.each([
    '',
    ' ',
    '.',
    '5 5',
    '1e3',
    '0x10',
    '1,5',
    '５',
    'NaN',
    'Infinity',
    '9'.repeat(400),
    NaN,
    Infinity,
    null,
    true,
  ])('reads no number in %j', (value) => {
    expect(parseDecimal(value)).toBeUndefined();
  });
});
