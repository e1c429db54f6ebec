/** Checks that no value can leave a literal of a query language in a template. */
import type { KeyKind } from './lookup-config.js';
import { placesAround, type TemplatePlace, type TextGrammar } from './quoted-places.js';
import { ESCAPES } from './template-escapes.js';
import { isPlainText, LIMITS, type FilterCall } from './template-filters.js';
import type { Placeholder, Template } from './template.js';

/** GraphQL has block strings, in which no escape is safe. */
const BLOCK = '"""';

/** The escapes that also keep a value without quotes one value. */
const OUTSIDE_QUOTES: readonly string[] = [...ESCAPES].filter(([, escape]) => escape.isForBare).map(([name]) => name);

/**
 * The placeholders that need an escape, with the problem of each.
 *
 * The check does not know the language, so a text is read twice. In one reading a backslash escapes
 * the next sign, in the other it is a plain sign. The escape of a placeholder says which reading
 * counts. Without an escape, both count.
 */
export function unescaped(
  template: Template,
  kindOf: (input: string) => KeyKind | undefined,
  language: string | undefined,
  kind: TextGrammar['kind'],
): readonly { readonly placeholder: Placeholder; readonly message: string }[] {
  const [escaping, plain] = [true, false].map((hasBackslash) =>
    placesAround(template.literals, { kind, hasBackslash }),
  );
  return template.placeholders.flatMap((placeholder, at) => {
    const { input, filters } = placeholder;
    if (isPlainText(filters, kindOf(input))) return [];
    const escapes = filters.filter(({ name }) => ESCAPES.has(name)).map(({ name }) => name);
    const inner = language === 'xml' ? escapes.slice(0, -1) : escapes;
    const backslash = ESCAPES.get(inner.at(-1) ?? '')?.backslash;
    const readings = [
      backslash === 'plain' ? undefined : escaping?.[at],
      backslash === 'escapes' ? undefined : plain?.[at],
    ];
    const messages = readings.map((place) => place && problem(filters, place, language));
    const message = messages.find((found) => found !== undefined && found !== OPERAND) ?? messages.find(Boolean);
    return message === undefined ? [] : [{ placeholder, message }];
  });
}

function problem(
  filters: readonly FilterCall[],
  { isMisplaced, isAfterBackslash, isOperand, quotes }: TemplatePlace,
  language: string | undefined,
): string | undefined {
  const escapes = filters.filter(({ name }) => ESCAPES.has(name)).map(({ name }) => name);
  if (isMisplaced) return 'must stand in the text of an element or in an attribute in quotes';
  if (language !== undefined && escapes.at(-1) !== language) return `needs the filter \`${language}\` here`;
  if (quotes.includes(BLOCK)) return 'must not stand in a block string: pass the value as a variable';
  if (isAfterBackslash && quotes.length > 0) return 'must not stand after a backslash, which would end the escape';
  const inner = language === 'xml' ? escapes.slice(0, -1) : escapes;
  if (isOperand && !OUTSIDE_QUOTES.includes(inner.at(-1) ?? '')) return OPERAND;
  return wrongEscapes(inner, quotes);
}

const OPERAND = `stands outside quotes in an expression: write it in quotes with an escape, or use a filter; allowed: ${[...LIMITS, ...OUTSIDE_QUOTES].join(', ')}`;

/**
 * Each quote around a placeholder needs one escape, and the escape of the inner quote comes first.
 *
 * @param quotes the quotes around the placeholder, the outermost first
 */
function wrongEscapes(escapes: readonly string[], quotes: readonly string[]): string | undefined {
  const lacking = quotes.find((quote, depth) => !allowedIn(quote).includes(escapes.at(-1 - depth) ?? ''));
  if (lacking !== undefined) {
    const allowed = allowedIn(lacking).join(', ');
    return quotes.length === 1
      ? `stands in quotes and needs an escape as its last filter; allowed: ${allowed}`
      : `stands in quotes inside quotes and needs an escape for each, the inner one first; allowed for ${lacking}: ${allowed}`;
  }
  const most = Math.max(1, quotes.length);
  return escapes.length > most ? `has more escapes than quotes around it; allowed: ${most}` : undefined;
}

function allowedIn(quote: string): readonly string[] {
  return [...ESCAPES].filter(([, { quotes }]) => quotes.includes(quote)).map(([name]) => name);
}
