/**
 * Reading JSON without losing digits. `JSON.parse` makes a double of every number, so
 * 9007199254740993 becomes 9007199254740992: the id of another customer.
 *
 * Almost no text has such a number. A search decides that, at 30 to 90 ns for a data dip. Only a
 * text with a suspicious number is read a second time, with these numbers in quotes.
 */

/**
 * Finds a number of 16 digits or more, or with an exponent. Every shorter number is exact as a
 * double. A match inside a string costs time, and changes nothing.
 */
const MAY_BE_INEXACT = /(?:^|[[:,\s])-?\d(?:[.\d]{15}|[.\d]*[eE])/;

/** The strings and the numbers of a text that is valid JSON. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** An exponent can write a number that fills the memory: `1e999999999`. No id is longer. */
const MAX_WRITTEN_DIGITS = 40;

/**
 * Reads JSON whose numbers are used as text: the inputs of a request, and events.
 *
 * Guarantees: a number that a double does not hold exactly becomes a string with all its digits.
 * Whole numbers are written without fraction and exponent, so that 9007199254740993 and
 * 9.007199254740993e15 are the same id.
 *
 * @throws {SyntaxError} whose message quotes the text
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return MAY_BE_INEXACT.test(text) ? JSON.parse(quoted(text, inexactNumber)) : value;
}

/** JSON in two readings, which differ only in the numbers that a double does not hold exactly. */
export interface JsonReadings {
  /** Whole numbers beyond 2^53 are strings with all their digits. */
  readonly exact: unknown;
  /** All numbers are doubles. The same object as `exact` if no number is beyond 2^53. */
  readonly rounded: unknown;
}

/**
 * Reads JSON with which an expression may compute. A fraction stays a double in both readings: no
 * id has a fraction, and sums and comparisons need numbers.
 *
 * @throws {SyntaxError} whose message quotes the text
 */
export function parseReadings(text: string): JsonReadings {
  const rounded: unknown = JSON.parse(text);
  if (!MAY_BE_INEXACT.test(text)) return { exact: rounded, rounded };
  const exactText = quoted(text, largeWholeNumber);
  return { exact: exactText === text ? rounded : JSON.parse(exactText), rounded };
}

function quoted(text: string, exact: (number: string) => string | undefined): string {
  return text.replace(STRING_OR_NUMBER, (token) => {
    const digits = token.startsWith('"') ? undefined : exact(token);
    return digits === undefined ? token : `"${digits}"`;
  });
}

/**
 * All digits of a number that JSON or a text writes, without fraction and exponent. `undefined` for
 * a fraction, and for an exponent that would write too many digits.
 */
export function wholeNumber(number: string): string | undefined {
  return wholeDigits(decimal(number));
}

/** `undefined` for a whole number up to 2^53, for a fraction, and for an unwritable number. */
function largeWholeNumber(number: string): string | undefined {
  if (Number.isSafeInteger(Number(number)) && !/[.eE]/.test(number)) return undefined;
  const whole = wholeNumber(number);
  return whole === undefined || Number.isSafeInteger(Number(whole)) ? undefined : whole;
}

/** `undefined` for a number that a double holds exactly. */
function inexactNumber(number: string): string | undefined {
  const value = decimal(number);
  const whole = wholeDigits(value);
  if (whole !== undefined) return Number.isSafeInteger(Number(whole)) ? undefined : whole;
  const double = Number(number);
  if (!Number.isFinite(double)) return number;
  const read = decimal(String(double));
  return read.digits === value.digits && read.point === value.point ? undefined : number;
}

/** 0.`digits` × 10^`point`. The digits neither begin nor end with 0; zero has none. */
interface Decimal {
  readonly sign: string;
  readonly digits: string;
  readonly point: number;
}

function decimal(number: string): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = PARTS.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const leadingZeros = whole.length + fraction.length - digits.length;
  return { sign, digits: withoutTrailingZeros(digits), point: whole.length - leadingZeros + Number(exponent) };
}

/** A loop, because `/0+$/` takes quadratic time on zeros that another digit follows. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits.charAt(end - 1) === '0') end -= 1;
  return digits.slice(0, end);
}

/** `undefined` for a fraction, and for an exponent that would write too many digits. */
function wholeDigits({ sign, digits, point }: Decimal): string | undefined {
  if (digits === '') return '0';
  if (point < digits.length || point > Math.max(MAX_WRITTEN_DIGITS, digits.length)) return undefined;
  return sign + digits.padEnd(point, '0');
}
