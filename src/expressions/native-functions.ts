/** The functions of JSONata itself, for functions that take their place. */
import jsonata from 'jsonata';

type Implementation = (this: unknown, ...args: unknown[]) => unknown;

/** The functions of JSONata that Datadip replaces, and calls. */
const REPLACED = [
  ...['string', 'pad', 'replace', 'sort', 'number', 'abs', 'floor', 'ceil', 'round', 'sqrt', 'power', 'sum'],
  ...['average', 'max', 'min', 'formatNumber', 'formatBase', 'formatInteger', 'parseInteger', 'fromMillis'],
  ...['toMillis', 'distinct', 'eval'],
];

/**
 * Known before the first evaluation calls a function. No `await` stands outside a function: if a
 * module has one, Jest compiles every module of the application five times.
 */
let implementations: ReadonlyMap<string, Implementation> | undefined;
const loading = load();

async function load(): Promise<void> {
  const list = `[${REPLACED.map((name) => `$${name}`).join(',')}]`;
  const found = (await jsonata(list).evaluate({})) as readonly { readonly implementation: Implementation }[];
  implementations = new Map(found.map(({ implementation }, at) => [REPLACED[at] ?? '', implementation]));
}

/** Returns no promise once the functions are known. */
export function nativeFunctionsReady(): Promise<void> | undefined {
  return implementations === undefined ? loading : undefined;
}

/** @throws {RangeError} for a function that is not in the list above */
export function native(name: string): Implementation {
  const implementation = implementations?.get(name);
  if (implementation === undefined) throw new RangeError(`no function of JSONata is known as ${name}`);
  return implementation;
}
