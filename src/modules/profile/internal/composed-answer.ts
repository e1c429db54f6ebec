import type { AnswerText, DipOutcome, DipSource } from '../../../contracts/dip.js';
import { parseJson } from '../../../kernel/json-text.js';
import { boundedAnswer } from './answer-bound.js';
import type { AnswerValue } from './answer-shape.js';
import type { ComposedLookup, PartValue } from './composed-lookup.js';

/**
 * The outcome of a part. `skipped`: the part was not asked, because it needs a value of a customer
 * that the system of record does not know.
 */
export type PartOutcome = DipOutcome | { readonly source: 'skipped' };

/** The answer of one part of a composed dip. */
export interface PartAnswer {
  readonly outcome: PartOutcome;
  /** `undefined` means that the part read no entry. */
  readonly entryKey: string | undefined;
  readonly contactFound: boolean;
  /** The members of the answer, by name. Empty if the part has no answer. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** The whole answer of a composed dip. */
export interface ComposedAnswer {
  /** The declared part as JSON text. */
  readonly text: AnswerText;
  /** The outcome of the worst part. */
  readonly worst: DipOutcome;
  /** The names of the parts that gave their defaults, in the declared order. */
  readonly missing: readonly string[];
}

/** The worse a source, the earlier it stands. */
const WORST_FIRST: readonly DipSource[] = ['degraded', 'none', 'stale', 'origin', 'cache'];

const NO_VALUES = {};

export function partAnswer(outcome: PartOutcome, entryKey: string | undefined): PartAnswer {
  if (!('text' in outcome)) return { outcome, entryKey, contactFound: false, values: NO_VALUES };
  const values = parseJson(outcome.text) as Record<string, unknown>;
  return { outcome, entryKey, contactFound: values.contactFound === true, values };
}

/** The value of a part, or the declared default if the part has no answer. */
function valueOf(parts: readonly PartAnswer[], { part, field, declared }: PartValue): AnswerValue {
  const value = parts[part]?.values[field];
  if (value === undefined) return declared.default;
  // `parseJson` reads a number with more digits than a double holds as text.
  return declared.type === 'number' && typeof value === 'string' ? BigInt(value) : (value as AnswerValue);
}

/**
 * The text that a part's field gives to an input of another part. `undefined` if the field has its
 * default, such as `UNKNOWN`: a default names no customer.
 */
export function inputText(answer: PartAnswer | undefined, { field, declared }: PartValue): string | undefined {
  const value = answer?.values[field] as AnswerValue | undefined;
  return value === undefined || value === declared.default || value === '' ? undefined : String(value);
}

/**
 * Puts the answers of the parts together. The first part decides `contactFound`.
 *
 * @param onDefault is called for a field that takes its default because the whole is too large
 */
export function composedAnswer(
  { parts: declared, fields }: ComposedLookup,
  parts: readonly PartAnswer[],
  onDefault: (field: string) => void,
): ComposedAnswer {
  const values = new Map(fields.map(([name, value]) => [name, valueOf(parts, value)]));
  const defaults = new Map(fields.map(([name, value]) => [name, value.declared]));
  const isMissing = ({ outcome: { source } }: PartAnswer) => source === 'degraded' || source === 'none';
  return {
    text: boundedAnswer(parts[0]?.contactFound === true, values, defaults, onDefault),
    worst: worstOutcome(parts),
    missing: declared.flatMap(({ lookup }, at) => {
      const part = parts[at];
      return part !== undefined && isMissing(part) ? [lookup.name] : [];
    }),
  };
}

function worstOutcome(parts: readonly PartAnswer[]): DipOutcome {
  for (const source of WORST_FIRST) {
    const part = parts.find(({ outcome }) => outcome.source === source);
    if (part !== undefined && part.outcome.source !== 'skipped') return part.outcome;
  }
  return { source: 'none', reason: 'no_lookup_key' };
}
