import { isDescription } from './describe-error.js';

/** Longer is no word of ours. */
const MAX_WORD = 256;
const MAX_WORDS = 1000;

const word = (value: unknown): boolean => typeof value === 'string' && value.length <= MAX_WORD;
const words = (value: unknown): boolean => Array.isArray(value) && value.length <= MAX_WORDS && value.every(word);
const number = (value: unknown): boolean => typeof value === 'number';
/** So many of each, named in our words. */
function counts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const [names, numbers] = [Object.keys(value), Object.values(value)];
  return words(names) && numbers.every(number);
}
const yes = (value: unknown): boolean => typeof value === 'boolean';

/**
 * Everything a line may say, and of which kind each is. What stands behind it comes from our code, from the configuration, or from a
 * closed set; where it is a caller's (`requestId`, `tenant`), its letters were checked before. An identifier is here as a hash under
 * `KEY_SECRET`, or not at all.
 */
const FIELDS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  // A request.
  ...['requestId', 'route', 'method', 'caller', 'lookup', 'tenant', 'entry', 'cache'].map(of(word)),
  ...['status', 'durationMs'].map(of(number)),
  // An invalidation.
  ...['audit', 'source', 'customer', 'event', 'outcome'].map(of(word)),
  ...['alsoCustomers', 'invalidated'].map(of(number)),
  ...['critical'].map(of(yes)),
  // Starting, stopping, and what goes on behind.
  ...['region', 'host', 'mode', 'url', 'signal', 'context'].map(of(word)),
  ...['pid', 'port', 'lines', 'inFlight', 'agents', 'drifted', 'gone'].map(of(number)),
  ...['wanted', 'loaded', 'failed'].map(of(number)),
  ...['shed'].map(of(counts)),
  ...['drained'].map(of(yes)),
  ...['platform', 'fault'].map(of(word)),
  ...['lookups', 'systems', 'settings', 'permissions'].map(of(words)),
  ...['error'].map(of(isDescription)),
]);

type Line = Readonly<Record<string, unknown>>;

/**
 * What of a line may be written: the fields that are listed here, each only as what it is listed as. The rest is dropped, not masked.
 *
 * A line in order, which is every line but a mistaken one, costs no copy.
 */
export function loggable(line: Line): Line {
  for (const name in line) {
    if (!mayBeLogged(name, line[name])) return onlyWhatMay(line);
  }
  return line;
}

function onlyWhatMay(line: Line): Line {
  return Object.fromEntries(Object.entries(line).filter(([name, value]) => mayBeLogged(name, value)));
}

function mayBeLogged(name: string, value: unknown): boolean {
  return value === undefined || FIELDS.get(name)?.(value) === true;
}

function of(kind: (value: unknown) => boolean): (name: string) => [string, (value: unknown) => boolean] {
  return (name) => [name, kind];
}
