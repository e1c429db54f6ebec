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
  /** Returns the changed value. Empty or `undefined` means that the value has no such form. */
  apply(value: string, argument: string | undefined): string | undefined;
}

/** No value is longer. */
const MAX_LAST = 320;

const count = (argument = ''): string | undefined =>
  /^[1-9]\d{0,2}$/.test(argument) && Number(argument) <= MAX_LAST
    ? undefined
    : `needs the filter \`last\` with a number; allowed: last:1 to last:${MAX_LAST}`;

/** Every filter, by the name that a template uses. */
export const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['digits', { isChoosy: true, apply: (value) => value.replace(/\D/g, '') }],
  ['last', { argument: count, apply: (value, argument) => value.slice(-Number(argument)) }],
  ['upper', { apply: (value) => value.toUpperCase() }],
]);

/** The problem of a filter in a template. `undefined` means that the filter can be applied. */
export function filterProblem({ name, argument }: FilterCall): string | undefined {
  const filter = FILTERS.get(name);
  if (filter === undefined) return `names an unknown filter; allowed: ${[...FILTERS.keys()].join(', ')}`;
  if (filter.argument !== undefined) return filter.argument(argument);
  return argument === undefined ? undefined : `must not give the filter \`${name}\` an argument`;
}
