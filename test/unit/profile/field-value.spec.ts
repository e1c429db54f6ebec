import { describe, expect, it } from '@jest/globals';
import { columnValue, fieldValue } from '../../../src/modules/profile/internal/reading/field-value.js';

type Type = Parameters<typeof fieldValue>[0];

describe('the value of a field', () => {
  it.each<[Type, string, unknown]>([
    ['number', '12.50', 12.5],
    ['number', ' -12.50 ', -12.5],
    ['number', '0012.50', 12.5],
    ['number', '+5', 5],
    ['number', '1.0E7', 10_000_000],
    ['number', '1,234.50', 1234.5],
    ['number', '-1,234,567.5', -1_234_567.5],
    ['number', '1,234,567', 1_234_567],
    ['number', '9007199254740993', 9_007_199_254_740_993n],
    ['integer', '7', 7],
    ['integer', '12.00', 12],
    ['integer', '1,234,567', 1_234_567],
    ['boolean', 'true', true],
    ['boolean', 'False', false],
    ['boolean', ' TRUE ', true],
    ['string', '12.50', '12.50'],
    ['string', '', ''],
  ])('of type %s is converted from the text %j', (type, text, value) => {
    expect(fieldValue(type, text)).toEqual({ value });
  });

  it.each<[Type, unknown, string]>([
    ['number', '1,234', 'not_plain'],
    ['number', '1.234,50', 'not_plain'],
    ['number', '12,50', 'not_plain'],
    ['number', '$12.50', 'not_plain'],
    ['number', '12.50-', 'not_plain'],
    ['number', '0x10', 'not_plain'],
    ['number', 'Infinity', 'not_plain'],
    ['number', '1e999', 'out_of_range'],
    ['number', true, 'wrong_type'],
    ['number', [1, 2], 'several_values'],
    ['integer', '9007199254740993', 'out_of_range'],
    ['integer', 2 ** 53, 'out_of_range'],
    ['integer', 1.5, 'wrong_type'],
    ['integer', '1.5', 'wrong_type'],
    ['integer', 'seven', 'not_plain'],
    ['boolean', 'yes', 'not_plain'],
    ['boolean', '1', 'not_plain'],
    ['boolean', 1, 'wrong_type'],
    ['boolean', {}, 'wrong_type'],
    ['string', 5, 'wrong_type'],
    ['string', true, 'wrong_type'],
    ['string', { a: 1 }, 'wrong_type'],
    ['string', ['Ada', 'Bob'], 'several_values'],
  ])('of type %s takes the default for %j, for the reason %s', (type, value, reason) => {
    expect(fieldValue(type, value)).toEqual({ reason });
  });

  it.each<[Type, unknown]>([
    ['string', undefined],
    ['string', null],
    ['string', []],
    ['number', ''],
    ['number', '  '],
    ['boolean', ''],
    ['integer', null],
  ])('of type %s is absent for %j, which is no finding', (type, value) => {
    expect(fieldValue(type, value)).toEqual({});
  });
});

describe('the value of a column', () => {
  it.each<[Type, unknown, unknown]>([
    ['string', 17, '17'],
    ['string', -17, '-17'],
    ['string', 0, '0'],
    ['string', 'Ada', 'Ada'],
    ['integer', 17, 17],
    ['number', '12.50', 12.5],
  ])('of type %s is %j as %j', (type, value, expected) => {
    expect(columnValue(type, value)).toEqual({ value: expected });
  });

  it.each([1.5, 2 ** 53, Infinity, true, { a: 1 }])('of type string takes the default for %j', (value) => {
    expect(columnValue('string', value)).toEqual({ reason: 'wrong_type' });
  });
});
