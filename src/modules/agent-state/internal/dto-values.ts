import { Transform } from 'class-transformer';
import { unsetInput } from '../../../contracts/unset-input.js';
import { parseDecimal } from '../../../kernel/parse-number.js';

/** The platforms' templates send an unset input as `""` or as its placeholder. */
const unlessUnset = (value: string): string | undefined => {
  const text = value.trim();
  return text === '' || unsetInput(text) !== undefined ? undefined : text;
};

/** Stands for bytes of a URL that are no UTF-8. Two different ids may arrive as one text. */
const REPLACEMENT = '\uFFFD';

/**
 * Accepts text, and a JSON number as its text. The body reader has made a text of every number that
 * a double does not hold. A text with a replacement character stays invalid.
 */
export const TextUnlessUnset = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string') return value ?? undefined;
    return value.includes(REPLACEMENT) ? Number.NaN : unlessUnset(value);
  });

/** Accepts a number, and digits in quotes, because queries and templates contain only text. */
export const numberUnlessUnset = (value: unknown): unknown => {
  const input = typeof value === 'string' ? unlessUnset(value) : (value ?? undefined);
  return parseDecimal(input) ?? input;
};

export const NumberUnlessUnset = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => numberUnlessUnset(value));
