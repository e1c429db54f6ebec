import { hash } from 'node:crypto';
import { MAX_ANSWER_BYTES } from '../../../config/answer-size.js';
import type { FieldConfig, FieldValue, LookupConfig } from '../../../config/config.js';
import type { AnswerText } from '../../../contracts/dip.js';

type Fields = ReadonlyMap<string, FieldConfig>;

/** Raised when the way entries are written changes; entries of another generation are misses. */
const GENERATION = 1;

/** The declared part of an answer as text: always the same keys, in the declared order, never null. */
export function answerText(contactFound: boolean, values: ReadonlyMap<string, FieldValue>): AnswerText {
  return JSON.stringify({ contactFound, ...Object.fromEntries(values) });
}

/** Whether every platform takes an answer of this size. */
export function smallEnough(text: AnswerText): boolean {
  return Buffer.byteLength(text) <= MAX_ANSWER_BYTES;
}

/** What is answered when nothing is known of a caller. */
export function defaultsText(fields: Fields): AnswerText {
  return answerText(false, new Map([...fields].map(([name, field]) => [name, field.default])));
}

/** Whether a value may stand in a field as it is. */
export function fits(type: FieldConfig['type'], value: unknown): value is FieldValue {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
  }
}

/** Tells text that is a whole answer of these fields from anything else that might be found under a key. */
export function readableAs(fields: Fields): (text: AnswerText) => boolean {
  return (text) => {
    if (!text.startsWith('{"contactFound":') || !text.endsWith('}') || !smallEnough(text)) return false;
    const answer = parsedObject(text);
    if (answer === undefined || typeof answer.contactFound !== 'boolean') return false;
    if (Object.keys(answer).length !== fields.size + 1) return false;
    for (const [name, field] of fields)
      if (!Object.hasOwn(answer, name) || !fits(field.type, answer[name])) return false;
    return true;
  };
}

/**
 * Names what shapes a lookup's stored answers: a declaration that asks or projects differently does not serve what was stored under
 * the old one.
 */
export function formatOf({ fields, origin, customerId }: LookupConfig): string {
  const { query, body, ...rest } = origin;
  const asked = [...fields].map(([name, { description: _, ...field }]) => [name, field]);
  const shape = JSON.stringify([asked, rest, [...query], body && [...body], customerId]);
  return `${GENERATION}-${hash('sha256', shape, 'hex').slice(0, 16)}`;
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
