/**
 * Numbers of which no digit may be lost. JSONata computes with doubles, and a double holds whole
 * numbers only up to 2^53. Runs in worker threads too.
 *
 * A whole number beyond 2^53 is a text of digits here. A double beyond 2^53 is refused, because its
 * last digits may be those of another number.
 */

/** A number that has lost digits, or would lose digits. */
export class DigitsLost extends Error {
  constructor() {
    super('a whole number beyond 2^53 would lose digits');
  }
}

export type Operation = '+' | '-' | '*' | '/' | '%';

/** A longer number is infinite as a double. */
const LARGE = /^-?[1-9]\d{15,299}$/;

/** Whether a value is a whole number that a double cannot hold with certainty. */
export function isLossy(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Whether a value is the text of a whole number beyond 2^53. */
export function isLargeText(value: unknown): value is string {
  return typeof value === 'string' && LARGE.test(value) && isLossy(Number(value));
}

/**
 * Refuses a value that holds a lossy number at any depth.
 *
 * @throws {DigitsLost}
 */
export function refuseLossy(value: unknown): void {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const item = pending.pop();
    if (isLossy(item)) throw new DigitsLost();
    if (typeof item === 'object' && item !== null) for (const member of Object.values(item)) pending.push(member);
  }
}

/**
 * Computes as JSONata does, with its error codes. The result has all digits: it is a double, or the
 * text of a whole number beyond 2^53.
 *
 * @param acceptsText whether a text of digits beyond 2^53 is a number
 * @throws {DigitsLost} if the result, or an operand, has no exact form
 */
export function compute(operation: Operation, left: unknown, right: unknown, acceptsText: boolean): unknown {
  const [first, second] = [operand('T2001', left, acceptsText), operand('T2002', right, acceptsText)];
  return first === undefined || second === undefined ? undefined : computed(operation, first, second, acceptsText);
}

function computed(operation: Operation, left: number | string, right: number | string, acceptsText: boolean): unknown {
  if (typeof left === 'number' && typeof right === 'number') {
    const result = ofDoubles(operation, left, right);
    if (!isLossy(result)) return result;
    if (!acceptsText) throw new DigitsLost();
  }
  if (!isWhole(left) || !isWhole(right)) throw new DigitsLost();
  return ofWholes(operation, BigInt(left), BigInt(right));
}

function operand(code: string, value: unknown, acceptsText: boolean): number | string | undefined {
  if (value === undefined) return undefined;
  if (!isOperand(value, acceptsText)) throw typeError(code, value);
  if (isLossy(value)) throw new DigitsLost();
  return value;
}

function isOperand(value: unknown, acceptsText: boolean): value is number | string {
  if (typeof value === 'number' && !Number.isNaN(value)) {
    if (!Number.isFinite(value)) throw typeError('D1001', value);
    return true;
  }
  return acceptsText && isLargeText(value);
}

export function isNumber(value: unknown): value is number | string {
  return typeof value === 'number' || isLargeText(value);
}

function isWhole(value: number | string): boolean {
  return typeof value === 'string' || Number.isInteger(value);
}

function ofDoubles(operation: Operation, left: number, right: number): number {
  switch (operation) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function ofWholes(operation: Operation, left: bigint, right: bigint): unknown {
  switch (operation) {
    case '+':
      return shortest(left + right);
    case '-':
      return shortest(left - right);
    case '*':
      return shortest(left * right);
    case '/':
      return quotient(left, right);
    case '%':
      return right === 0n ? Number.NaN : shortest(left % right);
  }
}

/** A quotient with a fraction is as exact as every fraction: a double has 16 digits. */
function quotient(left: bigint, right: bigint): unknown {
  if (right === 0n) return Number(left) / 0;
  const [whole, remainder] = [left / right, left % right];
  if (remainder === 0n) return shortest(whole);
  const value = Number(whole) + Number(remainder) / Number(right);
  if (isLossy(Number(whole)) || isLossy(value)) throw new DigitsLost();
  return value;
}

function shortest(whole: bigint): number | string {
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : String(whole);
}

/** As the library throws it. The readers of a record look at `code` and `value`. */
export function typeError(code: string, value: unknown): Error {
  return Object.assign(new Error(code), { code, value });
}
