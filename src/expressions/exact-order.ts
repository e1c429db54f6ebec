/** The order of numbers of which no digit may be lost. Runs in worker threads too. */
import { DigitsLost, isLargeText, isLossy, isNumber, typeError } from './exact-numbers.ts';

export type Comparison = '<' | '<=' | '>' | '>=';

/** More than the difference between a number of 300 digits and its double. */
const KEY_OFFSET = 1n << 960n;
const KEY_LENGTH = KEY_OFFSET.toString(16).length;

/**
 * Compares as JSONata does, with its error codes. The texts of numbers beyond 2^53 are numbers.
 *
 * @throws {DigitsLost} if the lost digits decide
 */
export function compare(comparison: Comparison, left: unknown, right: unknown): boolean | undefined {
  if (!isComparable(left) || !isComparable(right)) throw typeError('T2010', isComparable(left) ? right : left);
  if (left === undefined || right === undefined) return undefined;
  const order = orderOfValues(left, right);
  switch (comparison) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/**
 * Whether JSONata calls two values equal.
 *
 * @throws {DigitsLost} if the lost digits decide
 */
export function areEqual(left: unknown, right: unknown): boolean {
  if (isLossy(left) || isLossy(right)) return isNumber(left) && isNumber(right) && orderOfNumbers(left, right) === 0;
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  const [names, others] = [Object.keys(left), Object.keys(right)];
  if (Array.isArray(left) !== Array.isArray(right) || names.length !== others.length) return false;
  const member = (value: object, name: string): unknown => (value as Readonly<Record<string, unknown>>)[name];
  return names.every((name) => Object.hasOwn(right, name) && areEqual(member(left, name), member(right, name)));
}

/**
 * A text that sorts as a number does, also a number beyond 2^53. Text stays text.
 *
 * @throws {DigitsLost} for a lossy number
 */
export function sortKey(value: unknown): unknown {
  if (isLossy(value)) throw new DigitsLost();
  if (isLargeText(value)) return `n${bitsOf(Number(value))}${rest(BigInt(value) - BigInt(Number(value)))}`;
  if (typeof value === 'number') return `n${bitsOf(value === 0 ? 0 : value)}${rest(0n)}`;
  return typeof value === 'string' ? `s${value}` : value;
}

/** The largest or the smallest number of a list. `undefined` for an empty list. */
export function extreme(comparison: '<' | '>', list: readonly unknown[]): unknown {
  if (!list.every(isNumber)) throw typeError('T0412', list);
  return list.reduce<unknown>((best, item) => {
    return best === undefined || compare(comparison, item, best) === true ? item : best;
  }, undefined);
}

function orderOfValues(left: string | number, right: string | number): number {
  if (isNumber(left) && isNumber(right)) return orderOfNumbers(left, right);
  if (typeof left !== typeof right) throw typeError('T2009', left);
  return orderOf(left, right);
}

function isComparable(value: unknown): value is string | number | undefined {
  return value === undefined || typeof value === 'string' || typeof value === 'number';
}

/** Rounding keeps the order of two numbers, unless it makes them equal. */
function orderOfNumbers(left: number | string, right: number | string): number {
  const order = orderOf(Number(left), Number(right));
  if (order !== 0) return order;
  if (isLossy(left) || isLossy(right)) throw new DigitsLost();
  return typeof left === 'string' && typeof right === 'string' ? orderOf(BigInt(left), BigInt(right)) : 0;
}

function orderOf<T extends string | number | bigint>(left: T, right: T): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The bits of a double, in an order that is that of the numbers. */
function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const ordered = bits >> 63n === 1n ? ~bits & ((1n << 64n) - 1n) : bits | (1n << 63n);
  return ordered.toString(16).padStart(16, '0');
}

function rest(difference: bigint): string {
  return (KEY_OFFSET + difference).toString(16).padStart(KEY_LENGTH, '0');
}
