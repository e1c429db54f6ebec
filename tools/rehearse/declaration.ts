import { parse, stringify } from 'yaml';
import { originReadOf, type Dip, type DipInput } from './dips.ts';
import { Unusable } from './plan.ts';

/** A file for the service of a rehearsal, made from a user's file. */
export interface Declaration {
  readonly dips: readonly Dip[];
  readonly systems: readonly string[];
  /** Environment variables that the kept values name. */
  readonly variables: readonly string[];
  /** The text of the file, with the addresses of the stand-ins. */
  yamlWith(systemUrls: ReadonlyMap<string, string>, apiKey: string): string;
}

type Section = Readonly<Record<string, unknown>>;

/** Each system is a process on this machine. */
const MAX_SYSTEMS = 8;
/** The default of a database's `poolSize`, which bounds its calls. */
const POOL_SIZE = 10;
/** The default of a Genesys Cloud client. */
const GENESYS_PER_MINUTE = 300;
/** Every field reads a constant of its type. */
const CONSTANTS: Section = { string: '"rehearsed"', boolean: 'true', integer: '1', number: '1' };

/**
 * Reads the parts of a file that decide who is served: keys, caches, priorities, limits, timeouts
 * and the names of fields. A stand-in cannot answer expressions that it does not know, so every
 * field becomes a constant. Credentials, callers, tenants, webhooks and composed lookups are left
 * out.
 *
 * @throws {Unusable}
 */
export function declarationOf(text: string): Declaration {
  const file = sectionIn(parseMasked(text), 'the file');
  const declared = Object.entries(sectionIn(file.lookups, 'lookups'))
    .map(([name, lookup]) => [name, sectionIn(lookup, `lookups.${name}`)] as const)
    .filter(([, lookup]) => lookup.origin !== undefined);
  if (declared.length === 0) throw new Unusable('the file declares no lookup that reads a system');
  const all = sectionIn(file.systems, 'systems');
  const dips = declared.map(([name, lookup]) => dipOf(name, lookup, Object.keys(all)));
  const systems = [...new Set(dips.map(({ system }) => system))];
  if (systems.length > MAX_SYSTEMS)
    throw new Unusable(`the lookups read ${systems.length} systems; allowed: at most ${MAX_SYSTEMS}`);
  const kept = { systems: systems.map((name) => [name, systemOf(all[name], name)] as const), lookups: declared };
  return {
    dips,
    systems,
    variables: variablesIn(yamlOf(kept, dips, new Map(), '')),
    yamlWith: (systemUrls, apiKey) => yamlOf(kept, dips, systemUrls, apiKey),
  };
}

interface Kept {
  readonly systems: readonly (readonly [name: string, system: Section])[];
  readonly lookups: readonly (readonly [name: string, lookup: Section])[];
}

function yamlOf(kept: Kept, dips: readonly Dip[], urls: ReadonlyMap<string, string>, apiKey: string): string {
  const systems = kept.systems.map(([name, system]) => [name, { baseUrl: urls.get(name) ?? '', ...system }] as const);
  const lookups = kept.lookups.map(([name, lookup], at) => [name, lookupOf(lookup, dips[at]?.inputs ?? [])] as const);
  const callers = { rehearse: { apiKeys: [apiKey], tenants: ['10001'], scopes: ['lookup', 'operate'] } };
  const file = { systems: Object.fromEntries(systems), lookups: Object.fromEntries(lookups), callers };
  return unmasked(stringify(file, { aliasDuplicateObjects: false }));
}

function dipOf(lookup: string, section: Section, systems: readonly string[]): Dip {
  const { system } = sectionIn(section.origin, `lookups.${lookup}.origin`);
  if (typeof system !== 'string' || !systems.includes(system))
    throw new Unusable(`lookups.${lookup}.origin.system is no declared system; allowed: ${systems.join(', ')}`);
  const [first] = Array.isArray(section.key) ? (section.key as unknown[]) : [];
  const entry = sectionIn(first, `lookups.${lookup}.key`);
  const inputs = (Array.isArray(entry.all) ? (entry.all as unknown[]) : [entry]).map((input) =>
    inputOf(sectionIn(input, `lookups.${lookup}.key`), lookup),
  );
  return { lookup, system, priority: typeof section.priority === 'string' ? section.priority : 'ivr', inputs };
}

function inputOf({ input, kind }: Section, lookup: string): DipInput {
  if (typeof input === 'string' && (kind === 'phone' || kind === 'email' || kind === 'id')) return { input, kind };
  throw new Unusable(`lookups.${lookup}.key has no input of the kind phone, email or id`);
}

/** A database becomes a system that is asked over HTTP, with the limits of the database. */
function systemOf(declared: unknown, name: string): Section {
  const { type, timeoutMs, limits, poolSize, auth } = sectionIn(declared, `systems.${name}`);
  const isDatabase = type === 'postgres' || type === 'mysql';
  const isGenesys = auth !== undefined && sectionIn(auth, `systems.${name}.auth`).type === 'genesys';
  const defaults = {
    ...(isDatabase ? { maxConcurrent: poolSize ?? POOL_SIZE } : {}),
    ...(isGenesys ? { maxPerMinute: GENESYS_PER_MINUTE } : {}),
  };
  const given = limits === undefined ? {} : sectionIn(limits, `systems.${name}.limits`);
  return { ...(timeoutMs === undefined ? {} : { timeoutMs }), limits: { ...defaults, ...given } };
}

function lookupOf(section: Section, inputs: readonly DipInput[]): Section {
  const { path, query, record, customerId } = originReadOf({ inputs });
  const system = sectionIn(section.origin, 'origin').system;
  const pairs = [...query].map(([name, { input }]) => [name, `{${input}}`] as const);
  const read = { system, path, query: Object.fromEntries(pairs), ...(record === undefined ? {} : { record }) };
  const keys = inputs.map(({ input, kind }) => ({ input, kind }));
  const kept = ['cache', 'priority', 'limits'].filter((name) => section[name] !== undefined);
  return {
    key: keys.length === 1 ? keys : [{ all: keys }],
    origin: read,
    ...(section.customerId === undefined ? {} : { customerId }),
    fields: fieldsOf(section.fields),
    ...Object.fromEntries(kept.map((name) => [name, section[name]])),
  };
}

function fieldsOf(fields: unknown): Section {
  const entries = Object.entries(sectionIn(fields, 'fields'));
  return Object.fromEntries(
    entries.map(([name, field]) => {
      const { type = 'string' } = sectionIn(field, `fields.${name}`);
      return [name, { type, from: CONSTANTS[String(type)] ?? 'true' }];
    }),
  );
}

function sectionIn(value: unknown, name: string): Section {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Section;
  throw new Unusable(`${name} is missing or no map of keys`);
}

/** A plain YAML parser stumbles over `${NAME}` in a map of one line. */
function parseMasked(text: string): unknown {
  try {
    return parse(text.replace(/\$\{(\w+)\}/g, '__env_$1__'));
  } catch (error) {
    throw new Unusable(`the file is no YAML: ${String(error).split('\n')[0]}`, { cause: error });
  }
}

function unmasked(text: string): string {
  return text.replace(/__env_(\w+?)__/g, '${$1}');
}

function variablesIn(text: string): string[] {
  return [...text.matchAll(/\$\{(\w+)\}/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}
