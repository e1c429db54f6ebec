import type { Finding, Path } from '../../yaml/finding.js';
import type { CheckContext } from '../check-context.js';
import { placedAlternatives, soundAlternatives, type PlacedInput } from './key-schema.js';
import type { KeyKind } from './lookup-config.js';
import type { LookupSketch } from './lookup-schema.js';
import { bodyNames, bodyTexts } from './body-value.js';
import { unescaped } from './quote-checks.js';
import { ESCAPES } from './template-escapes.js';
import { filterProblem, orderProblem } from './template-filters.js';
import { unsentFindings } from './unsent-texts.js';
import { hasOtherBraces, parseTemplate, templateInputs, type Template } from './template.js';

/** A text of the origin with placeholders. */
interface Place {
  readonly path: Path;
  readonly template: Template;
  /** The escape of the language that the whole text is. `undefined` means no language. */
  readonly language: string | undefined;
  readonly kind: 'text' | 'path' | 'xml';
  /** `true`: the text is SQL, whose values are bound and never joined with the text. */
  readonly isSql: boolean;
}

/** Parameters whose whole value is a query language, with the escape of the language. */
const QUERY_LANGUAGES: Readonly<Record<string, string>> = { sysparm_query: 'snow' };

const WHOLE_TEXTS: ReadonlySet<unknown> = new Set(['path', 'xml']);

type KindOf = (input: string) => KeyKind | undefined;

/**
 * Checks that an answer depends on all key inputs and on no other input.
 * The entry is stored under the key inputs only. If another input changed the
 * answer, one caller would get an answer that was loaded for another.
 */
export function templateFindings(lookup: LookupSketch, path: Path, { isSound }: CheckContext): Finding[] {
  if (!isSound([...path, 'key'])) return [];
  const alternatives = placedAlternatives(lookup.key);
  const placed = alternatives.flat();
  const inputs = placed.map(({ entry }) => entry?.input).filter((input) => input !== undefined);
  const kindOf: KindOf = (input) => placed.find(({ entry }) => entry?.input === input)?.entry?.kind;
  const places = placesOf(lookup, path);
  return [
    ...places.flatMap((place) => [...foreignInputs(place, inputs), ...misspeltPlaceholders(place, inputs)]),
    ...places.flatMap((place) => [...wrongFilters(place, kindOf), ...missingEscapes(place, kindOf)]),
    ...followFindings(lookup, path),
    ...otherBraces(lookup, path),
    ...(alternatives.length > 1 ? optionalInPath(places, path, inputs) : []),
    ...(isSound([...path, 'origin']) ? unusedInputs(places, path, placed) : []),
    ...unsentFindings(lookup.origin ?? {}, [...path, 'origin'], soundAlternatives(lookup.key)),
    ...templatesInNames(lookup, path),
  ];
}

function placesOf({ origin }: LookupSketch, path: Path): Place[] {
  const { query = {}, body, xml } = origin ?? {};
  const texts: readonly [Path, string | undefined][] = [
    [['path'], origin?.path],
    [['sql'], origin?.sql],
    ...Object.entries(query).flatMap(([name, values = []]) =>
      values.map((text): [Path, string] => [['query', name], text]),
    ),
    ...bodyTexts(body).map(([at, text]): [Path, string] => [['body', ...at], text]),
    [['xml'], xml],
  ];
  return texts.flatMap(([at, text]) =>
    text === undefined ? [] : [{ path: [...path, 'origin', ...at], template: parseTemplate(text), ...kindOfPlace(at) }],
  );
}

function foreignInputs({ path, template }: Place, inputs: readonly string[]): Finding[] {
  const message = 'names an input that is not in key: an answer may depend on key inputs only';
  const foreign = templateInputs(template).filter((input) => !inputs.includes(input));
  return foreign.map((input) => ({ path, message, detail: `{${input}}` }));
}

/** `{ id | upper }`, and `{id` at the end of a text. GraphQL has `{ id }`, which is no mistake. */
const SPACED = /\{\s+([A-Za-z][\w-]*)\s*\|[^{}]*\}/g;
const UNCLOSED = /\{([A-Za-z][\w-]*)(?:\s*\|[^{}]*)?$/g;

/** Datadip would send the text as it stands, and the system would find no customer. */
function misspeltPlaceholders({ path, template }: Place, inputs: readonly string[]): Finding[] {
  const found = [
    ...template.literals.flatMap((literal) => [...literal.matchAll(SPACED)]),
    ...(template.literals.at(-1) ?? '').matchAll(UNCLOSED),
  ];
  const message = 'has a misspelt placeholder: write {input} or {input|filter}';
  const misspelt = found.filter(([, input = '']) => inputs.includes(input));
  return misspelt.map(([source]): Finding => ({ path, message, detail: source }));
}

/** The record chooses the id that is followed, so the id is as foreign as an input. */
function followFindings({ origin }: LookupSketch, path: Path): Finding[] {
  const text = origin?.follow?.path;
  if (text === undefined) return [];
  const at: Path = ['follow', 'path'];
  const place = { path: [...path, 'origin', ...at], template: parseTemplate(text), ...kindOfPlace(['path']) };
  const ofId: KindOf = () => 'id';
  return [...wrongFilters(place, ofId), ...missingEscapes(place, ofId)];
}

function kindOfPlace([section, name]: Path): Pick<Place, 'language' | 'isSql' | 'kind'> {
  const language = section === 'xml' ? 'xml' : section === 'query' ? QUERY_LANGUAGES[String(name)] : undefined;
  const kind = section === 'xml' || section === 'path' ? section : 'text';
  return { language, isSql: section === 'sql', kind };
}

function wrongFilters({ path, template }: Place, kindOf: KindOf): Finding[] {
  return template.placeholders.flatMap(({ source, input, filters }) => {
    const problems = filters.map(filterProblem).filter((message) => message !== undefined);
    const order = problems.length === 0 ? orderProblem(filters, kindOf(input)) : undefined;
    const messages = order === undefined ? problems : [order];
    return messages.map((message): Finding => ({ path, message, detail: source }));
  });
}

/** The check of SQL refuses placeholders in quotes: see `sql-text.ts`. */
function missingEscapes({ path, template, language, isSql, kind }: Place, kindOf: KindOf): Finding[] {
  if (isSql) return escapesInSql(path, template);
  return unescaped(template, kindOf, language, kind).map(({ placeholder, message }) => ({
    path,
    message,
    detail: placeholder.source,
  }));
}

function escapesInSql(path: Path, { placeholders }: Template): Finding[] {
  const message = 'must not escape a value in SQL: the value is a bound parameter';
  const escaped = placeholders.filter(({ filters }) => filters.some(({ name }) => ESCAPES.has(name)));
  return escaped.map(({ source }): Finding => ({ path, message, detail: source }));
}

/** A name is sent as it stands, so a placeholder in it is a mistake. */
function templatesInNames({ origin }: LookupSketch, path: Path): Finding[] {
  const message = 'must not hold a template in a name: only values are filled';
  const names = [
    ...Object.keys(origin?.query ?? {}).map((name): Path => ['query', name]),
    ...bodyNames(origin?.body).map((at): Path => ['body', ...at]),
  ];
  const wrong = names.filter((at) => parseTemplate(String(at.at(-1))).placeholders.length > 0);
  return wrong.map((at) => ({ path: [...path, 'origin', ...at], message, hidesValue: true }));
}

/** A query or a body may hold braces. In a path, other braces are a misspelt template. */
function otherBraces({ origin }: LookupSketch, path: Path): Finding[] {
  return hasOtherBraces(parseTemplate(origin?.path ?? ''))
    ? [{ path: [...path, 'origin', 'path'], message: 'must contain braces only around the name of an input' }]
    : [];
}

/**
 * With several alternatives, each input may be absent. A pair of the query is then left out. A part
 * of a path or XML cannot be.
 */
function optionalInPath(places: readonly Place[], path: Path, inputs: readonly string[]): Finding[] {
  const message = 'must not use an input that may be missing: use inputs here only if `key` has one entry';
  return places.flatMap((place): Finding[] => {
    if (!WHOLE_TEXTS.has(place.path[path.length + 1])) return [];
    const used = templateInputs(place.template).filter((input) => inputs.includes(input));
    const detail = used.map((input) => `{${input}}`).join(', ');
    return used.length === 0 ? [] : [{ path: place.path, message, detail }];
  });
}

function unusedInputs(places: readonly Place[], path: Path, inputs: readonly PlacedInput[]): Finding[] {
  const used = new Set(places.flatMap(({ template }) => templateInputs(template)));
  const message = 'is not used in path, query, body, xml or sql: every caller would get the same answer';
  const unused = inputs.filter(({ entry }) => entry?.input !== undefined && !used.has(entry.input));
  return unused.map(({ path: place }) => ({ path: [...path, ...place, 'input'], message }));
}
