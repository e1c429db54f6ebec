/** Checks that no value can leave a literal of a query language in a template. */
import type { KeyKind } from './lookup-config.js';
import { ESCAPES } from './template-escapes.js';
import { isPlainText, type FilterCall } from './template-filters.js';
import type { Placeholder, Template } from './template.js';

/** GraphQL has block strings, in which no escape is safe. */
const BLOCK = '"""';
const TOKEN = /\\.|"""|['"]/gs;

/** The placeholders that need an escape, with the problem of each. */
export function unescaped(
  { literals, placeholders }: Template,
  kindOf: (input: string) => KeyKind | undefined,
  language: string | undefined,
): readonly { readonly placeholder: Placeholder; readonly message: string }[] {
  const quotes = openQuotes(literals);
  return placeholders.flatMap((placeholder, at) => {
    const { input, filters } = placeholder;
    if (isPlainText(filters, kindOf(input))) return [];
    const message = problem(filters.at(-1), quotes[at], language);
    return message === undefined ? [] : [{ placeholder, message }];
  });
}

function problem(last: FilterCall | undefined, quote: string | undefined, language: string | undefined) {
  if (language !== undefined && last?.name !== language) return `needs the filter \`${language}\` here`;
  if (quote === undefined) return undefined;
  if (quote === BLOCK) return 'must not stand in a block string: pass the value as a variable';
  const allowed = [...ESCAPES].filter(([, { quotes }]) => quotes.includes(quote)).map(([name]) => name);
  if (last !== undefined && allowed.includes(last.name)) return undefined;
  return `stands in quotes and needs an escape as its last filter; allowed: ${allowed.join(', ')}`;
}

/**
 * The quote around each placeholder. `undefined` means that the placeholder stands in none: a quote
 * that is never closed is an apostrophe.
 */
function openQuotes(literals: readonly string[]): readonly (string | undefined)[] {
  let open: string | undefined;
  const found: (string | undefined)[] = [];
  literals.forEach((literal, at) => {
    for (const [token] of literal.matchAll(TOKEN)) {
      if (token.startsWith('\\')) continue;
      if (open === undefined) open = token;
      else if (open === token) open = undefined;
      else if (open === BLOCK[0] && token === BLOCK) open = undefined;
    }
    if (at < literals.length - 1) found.push(open);
  });
  const isClosed = (from: number, quote: string) => literals.slice(from).some((literal) => literal.includes(quote));
  return found.map((quote, at) => (quote !== undefined && isClosed(at + 1, quote) ? quote : undefined));
}
