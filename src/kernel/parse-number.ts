/** A number as other programs write it in a header, a form or quotes. Exponents and hex are not. */
const DECIMAL = /^[+-]?\d+(\.\d*)?$/;

/**
 * Reads a number, or the decimal digits of one in a text. Spaces around them are ignored.
 *
 * @returns `undefined` for every other value, and for a number that is not finite
 */
export function parseDecimal(value: unknown): number | undefined {
  const number = typeof value === 'string' && DECIMAL.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
