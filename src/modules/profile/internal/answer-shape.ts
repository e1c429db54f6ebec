import { MAX_ANSWER_BYTES } from '../../../config/sections/lookups/platform-limits.js';
import type {
  FieldConfig,
  FieldValue,
  LookupConfig,
  OriginConfig,
} from '../../../config/sections/lookups/lookup-config.js';
import { answerFormatName } from '../../../contracts/answer-format.js';
import type { AnswerText } from '../../../contracts/dip.js';
import { parseReadings } from '../../../kernel/json-text.js';

type Fields = ReadonlyMap<string, FieldConfig>;

/** Increase it when the stored format changes. Entries of another generation count as misses. */
const GENERATION = 2;

/** A `bigint` is a number with more digits than a double holds. */
export type AnswerValue = FieldValue | bigint;

/**
 * The declared part of an answer as text: always the same keys in the declared order, and no null.
 */
export function answerText(contactFound: boolean, values: ReadonlyMap<string, AnswerValue>): AnswerText {
  const members = [...values].map(([name, value]) => `,${JSON.stringify(name)}:${valueText(value)}`);
  return `{"contactFound":${contactFound}${members.join('')}}`;
}

export function valueText(value: AnswerValue): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

/** Whether every platform accepts an answer of this size. */
export function fitsSizeLimit(text: AnswerText): boolean {
  // UTF-8 encodes one UTF-16 unit in at most three bytes, so a short text needs no count.
  return 3 * text.length <= MAX_ANSWER_BYTES || Buffer.byteLength(text) <= MAX_ANSWER_BYTES;
}

/** The answer if the origin has no record of the customer. */
export function defaultAnswer(fields: Fields): AnswerText {
  return answerText(false, new Map([...fields].map(([name, field]) => [name, field.default])));
}

/** Whether a value has the declared type of a field. */
export function fitsType(type: FieldConfig['type'], value: unknown): value is AnswerValue {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'bigint' || Number.isFinite(value);
  }
}

/**
 * Returns a check whether a stored text is a whole answer with these fields. Every Redis hit runs
 * it, so a pattern checks the usual texts, in a tenth of the time of `JSON.parse`.
 */
export function wholeAnswerCheck(fields: Fields): (text: AnswerText) => boolean {
  const usual = usualAnswer(fields);
  return (text) => {
    if (usual.test(text)) return fitsSizeLimit(text);
    if (!isAnswer(text)) return false;
    const answer = parsedObject(text);
    if (answer === undefined || typeof answer.contactFound !== 'boolean') return false;
    if (Object.keys(answer).length !== fields.size + 1) return false;
    for (const [name, field] of fields)
      if (!Object.hasOwn(answer, name) || !fitsType(field.type, answer[name])) return false;
    return true;
  };
}

const ESCAPE = String.raw`\\(?:["\\/bfnrt]|u[\da-fA-F]{4})`;
const PLAIN = String.raw`[^"\\\u0000-\u001f]*`;
/** Every number of this length is exact as a double. */
const WHOLE = String.raw`-?(?:0|[1-9]\d{0,14})`;

/** JSON of each type, apart from numbers that are long or have an exponent. */
const USUAL_VALUES: Readonly<Record<FieldConfig['type'], string>> = {
  string: `"${PLAIN}(?:${ESCAPE}${PLAIN})*"`,
  boolean: '(?:true|false)',
  integer: WHOLE,
  number: String.raw`${WHOLE}(?:\.\d{1,17})?`,
};

/**
 * A pattern that matches only whole answers with these fields, in the declared order. Names of
 * fields hold no sign of patterns.
 */
function usualAnswer(fields: Fields): RegExp {
  const members = [...fields].map(([name, { type }]) => `,"${name}":${USUAL_VALUES[type]}`);
  return new RegExp(`^\\{"contactFound":(?:true|false)${members.join('')}\\}$`);
}

/** Returns a function that makes an answer with these fields from one with others. */
export function answerConverter(fields: Fields): (text: AnswerText) => AnswerText | undefined {
  return (text) => {
    const { contactFound, ...values } = (isAnswer(text) ? parsedAnswer(text) : undefined) ?? {};
    if (typeof contactFound !== 'boolean') return undefined;
    const converted = new Map<string, AnswerValue>();
    for (const [name, field] of fields) {
      const value = Object.hasOwn(values, name) ? values[name] : field.default;
      if (!fitsType(field.type, value)) return undefined;
      converted.set(name, value);
    }
    const answer = answerText(contactFound, converted);
    return fitsSizeLimit(answer) ? answer : undefined;
  };
}

/**
 * Names the format of a lookup's stored answers. If the declaration calls differently, or reads a
 * field differently, entries of the old declaration count as misses. If a field is added or
 * removed, the other fields of these entries are answered.
 */
export function answerFormat({ fields, origin, customerId }: LookupConfig): string {
  const projected = [...fields].map(([name, { description: _, ...field }]) => [name, field] as const);
  return answerFormatName(GENERATION, [...shownOrigin(origin), customerId], projected);
}

function isAnswer(text: AnswerText): boolean {
  return text.startsWith('{"contactFound":') && text.endsWith('}') && fitsSizeLimit(text);
}

/** Numbers beyond 2^53 keep their digits. `undefined` means that the text is no JSON object. */
function parsedAnswer(text: string): Record<string, unknown> | undefined {
  if (parsedObject(text) === undefined) return undefined;
  const { exact, rounded } = parseReadings(text) as Record<'exact' | 'rounded', Record<string, unknown>>;
  const valueOf = (name: string, value: unknown): unknown =>
    typeof rounded[name] === 'number' && typeof value === 'string' ? BigInt(value) : value;
  return Object.fromEntries(Object.entries(exact).map(([name, value]) => [name, valueOf(name, value)]));
}

/** The members of an origin, with its maps as lists. */
function shownOrigin(origin: OriginConfig): readonly unknown[] {
  if (origin.sql !== undefined) return [origin];
  const { query, ...rest } = origin;
  return [rest, [...query]];
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
