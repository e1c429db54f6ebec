import type { AnswerText, DipOutcome, DipSource } from '../../../contracts/dip.js';
import { memberText } from './answer-members.js';
import { fitsSizeLimit } from './answer-shape.js';
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
  /** `undefined` if the part has no answer. */
  readonly text: AnswerText | undefined;
}

/** The whole answer of a composed dip. */
export interface ComposedAnswer {
  /** `contactFound` and the declared fields, as JSON text. The text does not hold `source`. */
  readonly text: AnswerText;
  /** The outcome of the worst part. */
  readonly worst: DipOutcome;
  /** The names of the parts that gave their defaults, in the declared order. */
  readonly missing: readonly string[];
}

/** The worse a source, the greater its number. */
const BADNESS: Readonly<Record<DipSource, number>> = { cache: 0, origin: 1, stale: 2, none: 3, degraded: 4 };

const FOUND = '{"contactFound":true';

export function partAnswer(outcome: PartOutcome, entryKey: string | undefined): PartAnswer {
  if (!('text' in outcome)) return { outcome, entryKey, contactFound: false, text: undefined };
  const { text } = outcome;
  return { outcome, entryKey, contactFound: text.startsWith(FOUND), text };
}

/**
 * The text that a part's field gives to an input of another part. `undefined` if the field has its
 * default, such as `UNKNOWN`: a default names no customer.
 */
export function inputText(answer: PartAnswer | undefined, { opening, fallback }: PartValue): string | undefined {
  const text = answer?.text && memberText(answer.text, opening);
  if (text === undefined || text === fallback || text === '""') return undefined;
  if (!text.startsWith('"')) return text;
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

/**
 * Puts the answers of the parts together. The first part decides `contactFound`.
 *
 * @param onDefault is called for a field that takes its default because the whole is too large
 */
export function composedAnswer(
  lookup: ComposedLookup,
  parts: readonly PartAnswer[],
  onDefault: (field: string) => void,
): ComposedAnswer {
  const values: string[] = [];
  for (const [, { part, opening, fallback }] of lookup.fields) {
    const text = parts[part]?.text;
    values.push((text === undefined ? undefined : memberText(text, opening)) ?? fallback);
  }
  const contactFound = parts[0]?.contactFound === true;
  return {
    text: boundedText(contactFound, lookup, values, onDefault),
    worst: worstOutcome(parts),
    missing: missingParts(lookup, parts),
  };
}

const NONE_MISSING: readonly string[] = [];

function missingParts(lookup: ComposedLookup, parts: readonly PartAnswer[]): readonly string[] {
  if (!parts.some(isMissing)) return NONE_MISSING;
  return lookup.parts.flatMap(({ lookup: { name } }, at) => (isMissing(parts[at]) ? [name] : []));
}

function isMissing(part: PartAnswer | undefined): boolean {
  return part?.outcome.source === 'degraded' || part?.outcome.source === 'none';
}

/** If the whole is too large for a platform, its longest values become their defaults. */
function boundedText(
  contactFound: boolean,
  { fields }: ComposedLookup,
  values: string[],
  onDefault: (field: string) => void,
): AnswerText {
  let text = textOf(contactFound, fields, values);
  if (fitsSizeLimit(text)) return text;
  const longestFirst = [...values.keys()].sort((a, b) => bytesOf(values[b]) - bytesOf(values[a]));
  for (const at of longestFirst) {
    const [name, { fallback }] = fields[at] ?? ['', { fallback: '""' }];
    values[at] = fallback;
    onDefault(name);
    text = textOf(contactFound, fields, values);
    if (fitsSizeLimit(text)) break;
  }
  return text;
}

function textOf(contactFound: boolean, fields: ComposedLookup['fields'], values: readonly string[]): AnswerText {
  let text = `{"contactFound":${contactFound}`;
  for (let at = 0; at < fields.length; at++) text += (fields[at]?.[1].ownOpening ?? '') + (values[at] ?? '');
  return `${text}}`;
}

function bytesOf(text = ''): number {
  return Buffer.byteLength(text);
}

function worstOutcome(parts: readonly PartAnswer[]): DipOutcome {
  let worst: DipOutcome | undefined;
  for (const { outcome } of parts) {
    if (outcome.source === 'skipped') continue;
    if (worst === undefined || BADNESS[outcome.source] > BADNESS[worst.source]) worst = outcome;
  }
  return worst ?? { source: 'none', reason: 'no_lookup_key' };
}
