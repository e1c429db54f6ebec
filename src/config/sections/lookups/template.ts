/**
 * Templates: texts of an origin with placeholders, such as `{ani}` or `{ani|last:10}`.
 *
 * A template is parsed once, when the lookup is compiled. A request fills it in one of two ways.
 * `fillTemplate` makes a text with an encoder for the place where the text stands. `filledValues`
 * gives only the values, in order, for a place that never joins them with text (SQL).
 */
import { OriginFailure } from '../../../kernel/errors.js';
import { FILTERS, type FilterCall } from './template-filters.js';

export interface Placeholder {
  /** The placeholder as declared, with its braces. */
  readonly source: string;
  readonly input: string;
  /** In the order in which they change the value. */
  readonly filters: readonly FilterCall[];
}

export interface Template {
  /** The text as declared. */
  readonly source: string;
  /** The texts around the placeholders: one more than placeholders. Each may be empty. */
  readonly literals: readonly [string, ...string[]];
  readonly placeholders: readonly Placeholder[];
}

/** The value of an input. `undefined` means that the request does not give the input. */
export type ValueOf = (input: string) => string | undefined;

/** Makes a value safe in its place. An encoder may skip a value that the last filter made safe. */
export type Encoder = (value: string, placeholder: Placeholder) => string;

/**
 * A placeholder. Braces around any other text stay unchanged, so a body may hold a query language
 * with braces.
 */
const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_-]{0,63})((?:\s*\|[^{}|]*)*)\}/g;
const FILTER = /^\s*([^:]*?)\s*(?::\s*(.*?)\s*)?$/s;

export function parseTemplate(source: string): Template {
  const literals: [string, ...string[]] = [''];
  const placeholders: Placeholder[] = [];
  let at = 0;
  for (const { 0: whole, 1: input = '', 2: filters = '', index } of source.matchAll(PLACEHOLDER)) {
    literals.splice(-1, 1, source.slice(at, index), '');
    placeholders.push({ source: whole, input, filters: filters.split('|').slice(1).map(filterCall) });
    at = index + whole.length;
  }
  literals.splice(-1, 1, source.slice(at));
  return { source, literals, placeholders };
}

function filterCall(text: string): FilterCall {
  const [, name = '', argument] = FILTER.exec(text) ?? [];
  return { name, argument };
}

/** Returns the inputs that a template names, each once. */
export function templateInputs({ placeholders }: Template): readonly string[] {
  return [...new Set(placeholders.map(({ input }) => input))];
}

/** Whether a template has braces that are not around a placeholder. */
export function hasOtherBraces({ literals }: Template): boolean {
  return literals.some((literal) => /[{}]/.test(literal));
}

/** Whether some values have no form under the filters of a placeholder. */
export function isChoosy({ filters }: Placeholder): boolean {
  return filters.some(({ name }) => FILTERS.get(name)?.isChoosy === true);
}

/**
 * The filtered value of each placeholder, in order. `undefined` means that the request does not
 * give an input of the template.
 *
 * @throws {OriginFailure} if a value has no form under the filters of a placeholder
 */
export function filledValues({ placeholders }: Template, valueOf: ValueOf): readonly string[] | undefined {
  const values: string[] = [];
  for (const placeholder of placeholders) {
    const value = valueOf(placeholder.input);
    if (value === undefined) return undefined;
    const filtered = filteredValue(placeholder, value);
    if (filtered === undefined)
      throw new OriginFailure('origin_error', 'input has no form under the filters of a template');
    values.push(filtered);
  }
  return values;
}

/**
 * The text of a template, in which each value is filtered and then encoded. `undefined` means that
 * the request does not give an input of the template.
 *
 * @throws {OriginFailure} if a value has no form under the filters of a placeholder
 */
export function fillTemplate(template: Template, valueOf: ValueOf, encode: Encoder): string | undefined {
  const { literals, placeholders } = template;
  const values = filledValues(template, valueOf);
  if (values === undefined) return undefined;
  let text = literals[0];
  placeholders.forEach((placeholder, at) => {
    text += encode(values[at] ?? '', placeholder) + (literals[at + 1] ?? '');
  });
  return text;
}

/**
 * `undefined` means that the value has no form under these filters. If the filters leave an empty
 * text, the result is `undefined`, too: a search for empty text finds another customer. So it is if
 * they cut a character into halves: no encoding has a form of one half.
 */
export function filteredValue({ filters }: Placeholder, value: string): string | undefined {
  let filtered = value;
  for (const { name, argument } of filters) {
    const filter = FILTERS.get(name);
    if (filter === undefined) throw new TypeError(`the filter ${name} is used before its check`);
    filtered = filter.apply(filtered, argument) ?? '';
    if (filtered === '') return undefined;
  }
  return filtered.isWellFormed() ? filtered : undefined;
}
