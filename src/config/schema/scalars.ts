import { z } from 'zod';
import { oneOfWording, REQUIRED, unknownKeyWording, wholeNumberWording } from './wordings.js';
import { Substituted } from '../yaml/placeholders.js';

/** The part of a zod issue that the messages depend on. */
interface Issue {
  readonly code?: string | undefined;
  readonly input?: unknown;
}

/**
 * Returns what is wrong with a text, without quoting it. `undefined` means that the text is valid.
 */
export type TextRule = (text: string) => string | undefined;

const DECIMAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/** Uses one message for every mistake, except that a missing value is reported as missing. */
export function must(wording: string): { error: (wrong: Issue) => string } {
  return { error: ({ input }) => (input === undefined ? REQUIRED : wording) };
}

/** A map with these keys only. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = unknownKeyWording(Object.keys(shape));
  const { error } = must('must be a map');
  return z.strictObject(shape, { error: (wrong) => (wrong.code === 'unrecognized_keys' ? known : error(wrong)) });
}

export function mapOf<Value extends z.ZodType>(value: Value): z.ZodRecord<z.ZodString, Value> {
  return z.record(z.string(), value, must('must be a map'));
}

export function listOf<Item extends z.ZodType>(item: Item, max: number, min = 1): z.ZodArray<Item> {
  const error = `must be a list; allowed length: ${min} to ${max}`;
  // zod's size checks accept every value with a `length`, so also a map of the file.
  const fits = (items: readonly unknown[]) => items.length >= min && items.length <= max;
  return z.array(item, must(error)).refine(fits, { error, when: ({ value }) => Array.isArray(value) });
}

/** Returns a substituted text as plain text. */
export function plain(value: unknown): unknown {
  return value instanceof Substituted ? value.text : value;
}

/**
 * Converts a substituted text to a number. Text that the file quotes stays text, and is refused.
 */
export function numeric(value: unknown): unknown {
  return value instanceof Substituted && DECIMAL.test(value.text) ? Number(value.text) : plain(value);
}

/** Converts a substituted text to a boolean. */
export function flagged(value: unknown): unknown {
  if (!(value instanceof Substituted)) return value;
  return value.text === 'true' ? true : value.text === 'false' ? false : value.text;
}

const string = z.string({
  error: ({ input }) => {
    if (input === undefined) return REQUIRED;
    return ['number', 'boolean'].includes(typeof input) ? 'must be text: write it in quotes' : 'must be text';
  },
});

/** Any text, including empty text. */
export const text = z.preprocess(plain, string);

export function textThat(...rules: TextRule[]) {
  return text.check(({ value, issues }) => {
    const [message] = rules.map((rule) => rule(value)).filter((complaint) => complaint !== undefined);
    if (message !== undefined) issues.push({ code: 'custom', input: value, message });
  });
}

export function wholeNumber(min: number, max: number, unit = '') {
  const wording = must(wholeNumberWording(min, max, unit));
  const number = z
    .number(wording)
    .refine((given) => Number.isSafeInteger(given) && given >= min && given <= max, wording);
  return z.preprocess(numeric, number);
}

export function millis(min: number, max = Number.MAX_SAFE_INTEGER) {
  return wholeNumber(min, max, ' of milliseconds');
}

/** Accepts fractions. */
export function numberBetween(min: number, max: number) {
  const wording = must(`must be a number; allowed: ${min} to ${max}`);
  return z.preprocess(
    numeric,
    z.number(wording).refine((given) => given >= min && given <= max, wording),
  );
}

export const flag = z.preprocess(flagged, z.boolean(must('must be true or false')));

export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words, wording = oneOfWording(words)) {
  return z.preprocess(plain, z.enum(words, must(wording)));
}

/** Whether the value is a map of the file with this key. */
export function hasKey(declared: unknown, key: string): boolean {
  return typeof declared === 'object' && declared !== null && Object.hasOwn(declared, key);
}

/**
 * A block of one of two kinds. A block with the key is of the second kind. A problem is reported
 * for the kind that the file declares. The reference of the configuration lists the keys of each.
 *
 * @param kind the name of the second kind in the reference
 */
export function eitherKind<Usual extends z.ZodType, Other extends z.ZodType>(
  usual: Usual,
  { kind, key, schema }: { readonly kind: string; readonly key: string; readonly schema: Other },
) {
  return z
    .unknown()
    .transform((declared, { issues }): z.infer<Usual> | z.infer<Other> => {
      const result = hasKey(declared, key) ? schema.safeParse(declared) : usual.safeParse(declared);
      if (result.success) return result.data;
      for (const issue of result.error.issues) issues.push({ ...issue, input: declared } as (typeof issues)[number]);
      return z.NEVER;
    })
    .meta({ kinds: { usual, [kind]: schema } });
}

/**
 * A part of a sketch. A sketch is a tolerant reading of the file. The sketch keeps the well-formed
 * parts, so that the checks between parts can run on these parts. A malformed part reads as
 * `undefined`, because the schema reports it. So one start reports all mistakes.
 */
export function seen<Part extends z.ZodType>(part: Part) {
  return part.optional().catch(undefined);
}
