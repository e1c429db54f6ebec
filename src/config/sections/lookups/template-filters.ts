import { isCountry, type Country } from '../../phone/country.js';
import { international, national, nationalDigits } from '../../phone/format-phone.js';
import type { KeyKind } from './lookup-config.js';
import { ESCAPES } from './template-escapes.js';

/** A filter as a template names it: `last:10`. */
export interface FilterCall {
  readonly name: string;
  /** The text after the colon. `undefined` means that there is no colon. */
  readonly argument: string | undefined;
}

/** Changes the value of a placeholder, such as `last` in `{ani|last:10}`. */
interface Filter {
  /** The problem of an argument. `undefined` means that the filter takes no argument. */
  readonly argument?: (argument: string | undefined) => string | undefined;
  /** `true`: some values have no form. `undefined` means that every value has one. */
  readonly isChoosy?: true;
  /** `true`: the filter reads a phone number in E.164. */
  readonly isForPhones?: true;
  /** `true`: the result holds no quote and no backslash, whatever the value was. */
  readonly isPlain?: true;
  /** Returns the changed value. Empty or `undefined` means that the value has no such form. */
  apply(value: string, argument: string | undefined): string | undefined;
}

/** No value is longer. */
const MAX_LAST = 320;

const count = (argument = ''): string | undefined =>
  /^[1-9]\d{0,2}$/.test(argument) && Number(argument) <= MAX_LAST
    ? undefined
    : `needs the filter \`last\` with a number; allowed: last:1 to last:${MAX_LAST}`;

const homeOf = (argument?: string): Country | undefined =>
  argument !== undefined && isCountry(argument) ? argument : undefined;

const country = (argument?: string): string | undefined =>
  argument === undefined || isCountry(argument) ? undefined : 'needs a country as two capital letters, such as :US';

/** Admits a number, and no other text. */
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** The filters that make any value safe outside quotes, too. */
export const LIMITS: readonly string[] = ['number', 'guid', 'digits'];

/** Every filter and every escape, by the name that a template uses. */
export const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['digits', { isChoosy: true, isPlain: true, apply: (value) => value.replace(/\D/g, '') }],
  [
    'national',
    {
      isForPhones: true,
      isPlain: true,
      argument: country,
      apply: (value, argument) => national(value, homeOf(argument)),
    },
  ],
  ['international', { isForPhones: true, isPlain: true, apply: international }],
  [
    'nationalDigits',
    {
      isForPhones: true,
      isPlain: true,
      argument: country,
      apply: (value, argument) => nationalDigits(value, homeOf(argument)),
    },
  ],
  ['hyphens', { isChoosy: true, isPlain: true, apply: (value) => value.match(/\d+/g)?.join('-') }],
  ['number', { isChoosy: true, isPlain: true, apply: (value) => (NUMBER.test(value) ? value : undefined) }],
  ['guid', { isChoosy: true, isPlain: true, apply: (value) => (GUID.test(value) ? value : undefined) }],
  // A cut may leave half a character, which has no form.
  ['last', { isChoosy: true, argument: count, apply: (value, argument) => value.slice(-Number(argument)) }],
  ['upper', { apply: (value) => value.toUpperCase() }],
  ...[...ESCAPES].map(([name, { apply }]): [string, Filter] => [name, { isChoosy: true, apply }]),
]);

/** The problem of a filter in a template. `undefined` means that the filter can be applied. */
export function filterProblem({ name, argument }: FilterCall): string | undefined {
  const filter = FILTERS.get(name);
  if (filter === undefined) return `names an unknown filter; allowed: ${[...FILTERS.keys()].join(', ')}`;
  if (filter.argument !== undefined) return filter.argument(argument);
  return argument === undefined ? undefined : `must not give the filter \`${name}\` an argument`;
}

/**
 * The problem of the order of filters, and of filters of phone numbers for another kind. `kind` is
 * `undefined` if the file does not say it.
 */
export function orderProblem(filters: readonly FilterCall[], kind: KeyKind | undefined): string | undefined {
  const phoneAt = filters.findIndex(({ name }) => FILTERS.get(name)?.isForPhones === true);
  const escapeAt = filters.findIndex(({ name }) => ESCAPES.has(name));
  if (phoneAt !== -1 && kind !== undefined && kind !== 'phone')
    return `must not give \`${filters[phoneAt]?.name}\` an input of another kind; allowed: phone`;
  if (phoneAt > 0) return `must name \`${filters[phoneAt]?.name}\` first: it reads the whole number`;
  if (escapeAt !== -1 && filters.slice(escapeAt).some(({ name }) => !ESCAPES.has(name)))
    return `must name \`${filters[escapeAt]?.name}\` last: a later filter would change what is escaped`;
  return undefined;
}

/** Whether the filters give a text without quotes and backslashes. A phone number has none. */
export function isPlainText(filters: readonly FilterCall[], kind: KeyKind | undefined): boolean {
  return kind === 'phone' || filters.some(({ name }) => FILTERS.get(name)?.isPlain === true);
}
