import type { Config } from '../config/config.js';

/** The words for "nothing", in lower case. A default of this kind is no value of a customer. */
const NOTHING: ReadonlySet<string> = new Set([
  ...['', '-', '--', '?', '0', '-1', 'false', 'na', 'n/a', 'nil', 'no', 'none', 'null', 'undefined', 'unknown'],
]);

/**
 * The inputs of parts that take a field whose default may also be a value, such as `Standard`. A
 * record with this value gives no input.
 */
export function inputsWithUsualDefaults({ composedLookups }: Pick<Config, 'composedLookups'>): string[] {
  return [...composedLookups.values()].flatMap(({ name, parts }) =>
    parts.flatMap(({ lookup, with: given }) =>
      [...(given ?? [])].flatMap(([input, { part, field }]) => {
        const source = parts.find((other) => other.lookup.name === part)?.lookup.fields.get(field);
        const isNothing = source === undefined || NOTHING.has(String(source.default).trim().toLowerCase());
        return isNothing ? [] : [`${name}: ${lookup.name}.${input} from ${part}.${field}`];
      }),
    ),
  );
}
