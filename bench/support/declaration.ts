import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/** The API key of all bench requests. Production refuses to start without a caller. */
export const API_KEY = 'bench-key-of-the-benchmark';

export interface LookupChanges {
  readonly cache?: Readonly<Record<string, number>>;
  /** Added to the fields of the bundled file. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Limits of the origin. They replace the limits of the bundled file. */
  readonly limits?: Readonly<Record<string, unknown>>;
  /** Authentication of the origin. `undefined` means none. */
  readonly auth?: Readonly<Record<string, unknown>>;
  /** Takes the place of the system `crm`. */
  readonly system?: Readonly<Record<string, unknown>>;
  /** Keys of the lookup that take the place of those of the bundled file. */
  readonly lookup?: Readonly<Record<string, unknown>>;
  /** Request limits of the lookup and of the caller. */
  readonly requestLimits?: Readonly<Record<string, unknown>>;
  /** The section `regions`. `undefined` means none. */
  readonly regions?: Readonly<Record<string, unknown>>;
  /** Declares the same lookup a second time, as `screen`, for desktops. */
  readonly screen?: boolean;
  /** Declares the composed lookup `caller` of the bundled file and its parts, too. */
  readonly composed?: boolean;
}

interface Lookup {
  readonly cache: object;
  readonly fields: object;
}

interface Bundled {
  readonly systems: { readonly crm: object };
  readonly lookups: Readonly<Record<'customer' | 'customer-status' | 'account-balance', Lookup>> & {
    readonly caller: object;
  };
}

/** Long enough that no entry ages during a run. */
const ONE_HOUR_MS = 3_600_000;

/**
 * Writes the bundled lookup `customer` with the changes, and the caller. Returns the path of the
 * file.
 */
export function writeDeclaration(
  dir: string,
  { name, dist }: { readonly name: string; readonly dist: string },
  changes: LookupChanges,
): string {
  const { cache, fields, limits, requestLimits, auth, system, lookup, screen, composed, regions } = changes;
  const { systems, lookups: bundled } = parse(
    readFileSync(join(dist, 'config/bundled/sandbox.yaml'), 'utf8'),
  ) as Bundled;
  const { customer } = bundled;
  const changed = {
    ...customer,
    fields: { ...customer.fields, ...fields },
    cache: { ...customer.cache, ttlMs: ONE_HOUR_MS, ...cache },
    ...limitsIf(requestLimits),
    ...lookup,
  };
  const caller = {
    apiKeys: [API_KEY],
    tenants: ['10001'],
    scopes: ['lookup', 'operate', 'invalidate', 'agents', 'events'],
  };
  const callers = { bench: { ...caller, ...limitsIf(requestLimits) } };
  const file = join(dir, `${name}.yaml`);
  const crm = system ?? { ...systems.crm, ...limitsIf(limits), ...(auth === undefined ? {} : { auth }) };
  const aged = (lookup: Lookup) => ({ ...lookup, cache: { ...lookup.cache, ttlMs: ONE_HOUR_MS, ...cache } });
  const parts = {
    'customer-status': aged(bundled['customer-status']),
    'account-balance': aged(bundled['account-balance']),
    caller: bundled.caller,
  };
  const lookups = {
    customer: changed,
    ...(screen === true ? { screen: { ...changed, priority: 'desktop' } } : {}),
    ...(composed === true ? parts : {}),
  };
  writeFileSync(file, stringify({ systems: { crm }, lookups, callers, ...(regions === undefined ? {} : { regions }) }));
  return file;
}

function limitsIf(limits: object | undefined): object {
  return limits === undefined ? {} : { limits };
}
