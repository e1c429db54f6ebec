/** The value of a field, from what its expression yields. Runs in worker threads too. */
import { isLossy } from '../../../../expressions/exact-numbers.ts';
import { wholeNumber } from '../../../../kernel/json-text.ts';
import type { FieldConfig, FieldValue } from '../../../../config/sections/lookups/lookup-config.js';

type FieldType = FieldConfig['type'];
type NumericType = Extract<FieldType, 'integer' | 'number'>;

/**
 * Why a field took its default although the record has a value.
 *
 * - `wrong_type`: the value has another type.
 * - `not_plain`: the value is text that does not plainly hold the type.
 * - `out_of_range`: the number does not fit the type without a change.
 * - `digits_lost`: the value depends on digits of a number beyond 2^53 that are lost.
 * - `several_values`: the expression yields several values.
 * - `expression_failed`: the expression fails on the record.
 * - `too_long`: the answer would exceed its limit.
 */
export type DefaultReason =
  'wrong_type' | 'not_plain' | 'out_of_range' | 'digits_lost' | 'several_values' | 'expression_failed' | 'too_long';

/** A field of one record. Neither value nor reason means that the record lacks the field. */
export interface FieldReading {
  /** A `bigint` is a number with more digits than a double holds. */
  readonly value?: FieldValue | bigint;
  readonly reason?: DefaultReason;
}

export const ABSENT: FieldReading = {};

/** A number as JSON, Java, C# or a mainframe print it: with leading zeros, `+` or an exponent. */
const PLAIN_NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?$/;
/**
 * A number with a comma between groups of three digits, such as `1,234.50`. `1,234` alone is not
 * plain: where the comma marks decimals, `1,234` means 1.234.
 */
const GROUPED_NUMBER = /^[+-]?\d{1,3}((,\d{3})+\.\d+|(,\d{3}){2,})$/;
/** An origin writes a larger number with an exponent, as a double. It has no digits to lose. */
const DOUBLES_FROM = 1e40;

/**
 * Reads a value as the type of a field. Text that plainly holds the type is converted. Empty text
 * holds no boolean and no number, so it counts as absent.
 */
export function fieldValue(type: FieldType, value: unknown): FieldReading {
  if (value === undefined || value === null) return ABSENT;
  if (Array.isArray(value)) return value.length === 0 ? ABSENT : { reason: 'several_values' };
  if (typeof value === 'string' && type !== 'string') return fromText(type, value.trim());
  if (type !== 'string' && type !== 'boolean') return fromNumber(type, value);
  return typeof value === type ? { value: value as FieldValue } : { reason: 'wrong_type' };
}

/**
 * Reads a value of a row of a database, as `fieldValue` does. In a field of type `string`, a whole
 * number becomes its text, because the schema of the database decides whether an id is a number. In
 * a field of type `boolean`, 0 and 1 are false and true: BOOLEAN of MySQL is `tinyint(1)`.
 */
export function columnValue(type: FieldType, value: unknown): FieldReading {
  if (type === 'string' && Number.isSafeInteger(value)) return { value: String(value) };
  return type === 'boolean' && (value === 0 || value === 1) ? { value: value === 1 } : fieldValue(type, value);
}

function fromText(type: Exclude<FieldType, 'string'>, text: string): FieldReading {
  if (text === '') return ABSENT;
  if (type === 'boolean')
    return /^(true|false)$/i.test(text) ? { value: /^true$/i.test(text) } : { reason: 'not_plain' };
  const isGrouped = GROUPED_NUMBER.test(text);
  if (!isGrouped && !PLAIN_NUMBER.test(text)) return { reason: 'not_plain' };
  const plain = isGrouped ? text.replaceAll(',', '') : text;
  const number = Number(plain);
  // A whole number beyond 2^53 keeps its digits.
  const whole = Number.isSafeInteger(number) ? undefined : wholeNumber(plain.replace('+', ''));
  return whole === undefined ? numberOf(type, number) : fieldValue(type, BigInt(whole));
}

function fromNumber(type: NumericType, value: unknown): FieldReading {
  if (typeof value === 'bigint') return type === 'number' ? { value } : { reason: 'out_of_range' };
  return typeof value === 'number' ? numberOf(type, value) : { reason: 'wrong_type' };
}

function numberOf(type: NumericType, value: number): FieldReading {
  if (type === 'number') {
    if (isLossy(value) && Math.abs(value) < DOUBLES_FROM) return { reason: 'digits_lost' };
    return Number.isFinite(value) ? { value } : { reason: 'out_of_range' };
  }
  if (Number.isSafeInteger(value)) return { value };
  return { reason: Number.isInteger(value) || !Number.isFinite(value) ? 'out_of_range' : 'wrong_type' };
}
