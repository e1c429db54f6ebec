/** The variables, secrets and bindings of `wrangler.toml`. */
export type Bindings = Readonly<Record<string, unknown>>;
export type Flat = Readonly<Record<string, string | number | boolean>>;

export interface RegionSettings {
  readonly name: string;
  readonly url: string;
}

export interface Settings {
  /** The first region is asked first. */
  readonly regions: readonly RegionSettings[];
  /** The longest time until the Worker answers, in milliseconds. */
  readonly deadlineMs: number;
  /** The longest time that a region which is not the last may take, in milliseconds. */
  readonly regionMs: number;
  /** Name of a lookup → its answer without a customer. */
  readonly fallbacks: Readonly<Record<string, Flat>>;
  /** `undefined` means that the Worker stores no answers. */
  readonly copies: CopySettings | undefined;
}

/** The part of a KV namespace that the Worker uses. */
export interface CopyStore {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { readonly expirationTtl: number }): Promise<void>;
}

export interface CopySettings {
  /** Name of a lookup → the greatest age of a copy, in milliseconds. */
  readonly staleMs: ReadonlyMap<string, number>;
  readonly secret: string;
  readonly store: CopyStore;
}

const MAX_REGIONS = 4;
const MAX_LOOKUPS = 200;
const OWN_FIELDS = {
  contactFound: 'boolean',
  source: 'string',
  cacheHit: 'boolean',
  latencyMs: 'number',
  error: 'string',
};
const LOOPBACK = /^(localhost|127\.0\.0\.1)$/;

/** @returns the settings, or every finding: the variable, its value, the allowed values */
export function readSettings(bindings: Bindings): Settings | string[] {
  const findings: string[] = [];
  const deadlineMs = duration(bindings, 'DEADLINE_MS', { byDefault: 3500, min: 200, max: 25_000 }, findings);
  const regionMs = duration(bindings, 'REGION_MS', { byDefault: 2750, min: 100, max: 25_000 }, findings);
  const regions = readRegions(bindings.REGIONS, findings);
  if (regions.length > 1 && regionMs >= deadlineMs) {
    findings.push(`\`REGION_MS\` is ${regionMs}; allowed: less than \`DEADLINE_MS\`, ${deadlineMs}`);
  }
  const fallbacks = readFallbacks(bindings.FALLBACKS, findings);
  const copies = readCopies(bindings, fallbacks, findings);
  return findings.length > 0 ? findings : { regions, deadlineMs, regionMs, fallbacks, copies };
}

interface Bounds {
  readonly byDefault: number;
  readonly min: number;
  readonly max: number;
}

function duration(bindings: Bindings, name: string, { byDefault, min, max }: Bounds, findings: string[]): number {
  const value = bindings[name] ?? byDefault;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  findings.push(`\`${name}\` is ${JSON.stringify(value)}; allowed: a whole number from ${min} to ${max}`);
  return byDefault;
}

function readRegions(value: unknown, findings: string[]): RegionSettings[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_REGIONS) {
    findings.push(`\`REGIONS\` is missing or no list; allowed: 1 to ${MAX_REGIONS} of { name, url }`);
    return [];
  }
  return value.flatMap((item: unknown, at) => {
    const { name, url } = isObject(item) ? item : {};
    if (typeof name !== 'string' || !/^[\w-]{1,32}$/.test(name)) {
      findings.push(`\`REGIONS[${at}].name\`; allowed: 1 to 32 letters, digits, _ or -`);
      return [];
    }
    const origin = typeof url === 'string' ? originOf(url) : undefined;
    if (origin === undefined) findings.push(`\`REGIONS[${at}].url\`; allowed: https://<host>, without path or login`);
    return origin === undefined ? [] : [{ name, url: origin }];
  });
}

function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, href, origin } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
  return isSafe && href === `${origin}/` ? origin : undefined;
}

function readFallbacks(value: unknown, findings: string[]): Record<string, Flat> {
  const given = value === undefined ? {} : value;
  if (!isObject(given) || Object.keys(given).length > MAX_LOOKUPS) {
    findings.push(`\`FALLBACKS\`; allowed: at most ${MAX_LOOKUPS} tables, each named for a lookup`);
    return {};
  }
  const found: Record<string, Flat> = {};
  for (const [name, answer] of Object.entries(given)) {
    if (isAnswer(answer)) found[name] = answer;
    else findings.push(`\`FALLBACKS.${name}\` is no answer of a lookup; \`node fallback-tables.ts\` prints it`);
  }
  return found;
}

/** A flat answer without a customer, with the fields that every answer has. */
function isAnswer(value: unknown): value is Flat {
  if (!isObject(value)) return false;
  const hasOwn = Object.entries(OWN_FIELDS).every(([name, type]) => typeof value[name] === type);
  const isFlat = Object.values(value).every((member) => ['string', 'number', 'boolean'].includes(typeof member));
  return hasOwn && isFlat && value.contactFound === false;
}

function readCopies(bindings: Bindings, fallbacks: object, findings: string[]): CopySettings | undefined {
  const { COPIES: value, COPY_STORE: store, COPY_SECRET: secret } = bindings;
  if (value === undefined) return undefined;
  const staleMs = readAges(value, fallbacks, findings);
  const isSecret = typeof secret === 'string' && secret.length >= 32;
  if (!isSecret) findings.push('`COPY_SECRET`; allowed: at least 32 characters');
  if (!isStore(store)) findings.push('`COPY_STORE` is missing: bind a KV namespace');
  return isSecret && isStore(store) ? { staleMs, secret, store } : undefined;
}

function readAges(value: unknown, fallbacks: object, findings: string[]): Map<string, number> {
  const staleMs = new Map<string, number>();
  if (!isObject(value)) findings.push('`COPIES`; allowed: tables, each named for a lookup');
  for (const [name, copy] of Object.entries(isObject(value) ? value : {})) {
    const age = isObject(copy) ? copy.staleMs : undefined;
    if (typeof age !== 'number' || age < 60_000 || age > 3_600_000) {
      findings.push(`\`COPIES.${name}.staleMs\`; allowed: 60000 to 3600000`);
    } else if (!Object.hasOwn(fallbacks, name)) findings.push(`\`COPIES.${name}\` has no table in \`FALLBACKS\``);
    else staleMs.set(name, age);
  }
  return staleMs;
}

function isStore(value: unknown): value is CopyStore {
  return typeof value === 'object' && value !== null && 'get' in value && 'put' in value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
