import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fillTemplate, parseTemplate } from '../../../src/config/sections/lookups/template.js';
import { ESCAPES } from '../../../src/config/sections/lookups/template-escapes.js';

/**
 * A parser of one literal of a language: returns its value and what follows the literal. Each
 * parser is strict: a text that the language does not allow throws.
 */
type Parser = (text: string) => { readonly value: string; readonly rest: string };

const same = (value: string): string => value;

const fail = (text: string): never => {
  throw new SyntaxError(`not a literal: ${text}`);
};

/** A literal between two signs, in which a backslash comes before the signs of `escapes`. */
function quoted(quote: string, escapes: string): Parser {
  return (text) => {
    if (!text.startsWith(quote)) return fail(text);
    let value = '';
    for (let at = 1; at < text.length; at++) {
      const sign = text[at] ?? '';
      if (sign === quote) return { value, rest: text.slice(at + 1) };
      if (sign !== '\\') value += sign;
      else if (escapes.includes(text[at + 1] ?? 'none')) value += text[++at] ?? '';
      else return fail(text);
    }
    return fail(text);
  };
}

/** A literal whose quote is written twice inside. */
const odataLiteral: Parser = (text) => {
  const [whole] = /^'(?:[^']|'')*'(?!')/.exec(text) ?? [];
  if (whole === undefined) return fail(text);
  return { value: whole.slice(1, -1).replaceAll("''", "'"), rest: text.slice(whole.length) };
};

/** In SAP Cloud for Customer, `*` matches any text. */
const c4cLiteral: Parser = (text) => {
  const literal = odataLiteral(text);
  return literal.value.includes('*') ? fail(text) : literal;
};

const jsonLiteral: Parser = (text) => {
  const [whole] = /^"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-f]{4}))*"/iu.exec(text) ?? [];
  return whole === undefined ? fail(text) : { value: JSON.parse(whole) as string, rest: text.slice(whole.length) };
};

/** A value ends at `^`. */
const snowValue: Parser = (text) => {
  const [value = '', ...others] = text.split('^');
  if (/^\s*javascript:/i.test(value) || /^null$/i.test(value)) return fail(text);
  return { value, rest: others.length === 0 ? '' : `^${others.join('^')}` };
};

/** A value of `criteria` of Zoho: brackets and commas come after a backslash. */
const zohoValue: Parser = (text) => {
  const [whole = ''] = /^(?:[^\\(),]|\\[\\(),])+/su.exec(text) ?? [];
  return { value: whole.replace(/\\(.)/gsu, '$1'), rest: text.slice(whole.length) };
};

/** A term of the classic query parser: signs of the language come after a backslash. */
const luceneTerm: Parser = (text) => {
  const [whole = ''] = /^(?:\\.|[^\\+\-&|!(){}[\]^"~*?:/=<>\s])+/su.exec(text) ?? [];
  if (/^(?:AND|OR|NOT|TO)$/.test(whole) || whole.match(/\\.|[^\\]/gsu)?.includes('\\u') === true) return fail(text);
  return { value: whole.replace(/\\(.)/gsu, '$1'), rest: text.slice(whole.length) };
};
const lucenePhrase: Parser = (text) => {
  const [whole] = /^"(?:\\.|[^"\\])*"/su.exec(text) ?? [];
  if (whole === undefined) return fail(text);
  return { value: whole.slice(1, -1).replace(/\\(.)/gsu, '$1'), rest: text.slice(whole.length) };
};

/** A value of a search parameter: a comma ends it, a bar ends its system, and `$` joins two. */
const fhirValue: Parser = (text) => {
  const [whole] = /^(?:\\[\\,|$]|[^\\,|$])+/u.exec(text) ?? [];
  if (whole === undefined) return fail(text);
  return { value: whole.replace(/\\(.)/gu, '$1'), rest: text.slice(whole.length) };
};

/** A phrase without any escape. */
const plainPhrase: Parser = (text) => {
  const [whole] = /^"[^"\\*?]*"/u.exec(text) ?? [];
  return whole === undefined ? fail(text) : { value: whole.slice(1, -1), rest: text.slice(whole.length) };
};

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const xmlText =
  (stop: string): Parser =>
  (text) => {
    const [whole] = new RegExp(`^(?:[^<&${stop}\\uFFFE\\uFFFF]|&(?:amp|lt|gt|quot|apos);)+`, 'u').exec(text) ?? [];
    if (whole === undefined || whole.includes(']]>')) return fail(text);
    const value = whole.replace(/&(\w+);/g, (_, name: string) => ENTITIES[name] ?? fail(text));
    return { value, rest: text.slice(whole.length) };
  };
const inSigns =
  (sign: string, content: Parser): Parser =>
  (text) => {
    if (!text.startsWith(sign)) return fail(text);
    const { value, rest } = content(text.slice(1));
    return rest.startsWith(sign) ? { value, rest: rest.slice(1) } : fail(text);
  };

/** Templates in each language: the text around the placeholder, and the parser of the literal. */
const LANGUAGES: readonly (readonly [filter: string, before: string, after: string, Parser])[] = [
  ['soql', "'", "' LIMIT 2", quoted("'", `\\'"`)],
  ['soqlLike', "'", "' LIMIT 2", quoted("'", `\\'"%_`)],
  ['odata', "'", "' and true", odataLiteral],
  ['c4c', "'", "' and true", c4cLiteral],
  ['json', '"', '" }', jsonLiteral],
  ['graphql', '"', '") { id }', jsonLiteral],
  ['snow', '', '^active=true', snowValue],
  ['zoho', '', ')or(Mobile:equals:1))', zohoValue],
  ['fhir', '', ',5551234567', fhirValue],
  ['lucene', '', ' type:user', luceneTerm],
  ['lucene', '"', '" type:user', lucenePhrase],
  ['phrase', '"', '" type:user', plainPhrase],
  ['xml', '', '</phone>', xmlText('')],
  ['xml', '"', '"/>', inSigns('"', xmlText('"'))],
  ['xml', "'", "'/>", inSigns("'", xmlText("'"))],
];

const SIGNS = Array.from(`'"\\^%_&|<>;:()[]{}+-!~*?/=., `);

/** Texts of ids: any characters but control characters, and often signs of the languages. */
const hostile = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...SIGNS, 'OR', 'AND', 'u0027', "''", ']]>') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('javascript:', 'null', '&apos;', '\uFFFE', '\\u0022', '愛', '😀', 'a', '1'),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) =>
    parts
      .join('')
      .replace(/[\p{Cc}\u2028\u2029]/gu, '')
      .trim(),
  )
  .filter((text) => text !== '');

describe('an escape', () => {
  it.each(LANGUAGES)('%s keeps every value in its literal, unchanged: %s…%s', (filter, before, after, parse) => {
    const template = parseTemplate(`${before}{id|${filter}}${after}`);
    fc.assert(
      fc.property(hostile, (id) => {
        const text = ESCAPES.get(filter)?.apply(id) === undefined ? undefined : fillTemplate(template, () => id, same);
        if (text === undefined) expect(['snow', 'c4c', 'lucene', 'phrase', 'xml']).toContain(filter);
        else expect(parse(text)).toEqual({ value: id, rest: before === '' ? after : after.slice(1) });
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['soql', `O'Brien\\"`, `O\\'Brien\\\\\\"`],
    ['soqlLike', `50%_'`, `50\\%\\_\\'`],
    ['odata', `O'Brien`, `O''Brien`],
    ['c4c', `O'Brien`, `O''Brien`],
    ['json', `a"b\\`, `a\\"b\\\\`],
    ['graphql', `a"b\\`, `a\\"b\\\\`],
    ['snow', 'a@b.example', 'a@b.example'],
    ['zoho', '(555) 000-0017, \\', '\\(555\\) 000-0017\\, \\\\'],
    ['fhir', 'a,b|c$d\\', 'a\\,b\\|c\\$d\\\\'],
    ['phrase', "o'brien, (x)", "o'brien, (x)"],
    ['lucene', 'a && (b)', 'a\\ \\&\\&\\ \\(b\\)'],
    ['lucene', 'OR', '\\OR'],
    ['xml', `<a b="c">'&`, '&lt;a b=&quot;c&quot;&gt;&apos;&amp;'],
  ])('%s writes %j as %j', (filter, value, escaped) => {
    expect(ESCAPES.get(filter)?.apply(value)).toBe(escaped);
  });

  it.each([
    ['snow', 'a^ORactive=true'],
    ['snow', 'JavaScript:gs.getUserID()'],
    ['snow', 'NULL'],
    ['c4c', '*@example.com'],
    ['lucene', '>10'],
    ['phrase', '*@example.com'],
    ['phrase', 'a"b'],
    ['xml', 'a\uFFFF'],
  ])('%s has no form of %j', (filter, value) => {
    expect(ESCAPES.get(filter)?.apply(value)).toBeUndefined();
  });
});
