import type {
  AgentsConfig,
  CallerConfig,
  FieldConfig,
  LimitWindow,
  LookupConfig,
  OriginConfig,
  RequestCeiling,
  SystemConfig,
} from '../config.js';
import { isLeftOut } from './genesys-checks.js';
import { apiUrlOf, loginUrlOf, type GenesysEnvironment } from './genesys-environment.js';
import { fieldExpression } from './expression.js';
import { readDefault } from './field-default.js';
import type { Declared, DeclaredCaller, DeclaredLookup, DeclaredSystem } from './file-schema.js';

export interface Assembled {
  readonly leftOut: readonly string[];
  readonly systems: ReadonlyMap<string, SystemConfig>;
  readonly lookups: ReadonlyMap<string, LookupConfig>;
  readonly callers: ReadonlyMap<string, CallerConfig>;
  readonly agents: AgentsConfig;
}

/** What the file declares, in the shape the rest of the house works with. Only for a file without a problem. */
export function assemble({ systems, lookups, callers, agents }: Declared, genesys: GenesysEnvironment): Assembled {
  const leftOut = Object.entries(systems).flatMap(([name, { auth }]) =>
    auth.type === 'genesys' && isLeftOut(auth, genesys) ? [name] : [],
  );
  const isThere = (system: string): boolean => !leftOut.includes(system);
  return {
    leftOut,
    systems: mapped(
      kept(systems, (_, name) => isThere(name)),
      (name, system) => systemConfig(name, system, genesys),
    ),
    lookups: mapped(
      kept(lookups, ({ origin }) => isThere(origin.system)),
      lookupConfig,
    ),
    callers: mapped(callers, callerConfig),
    agents: { ...agents, reconcile: agents.reconcile.filter(({ system }) => isThere(system)) },
  };
}

function kept<One>(entries: Readonly<Record<string, One>>, keeps: (one: One, name: string) => boolean) {
  return Object.fromEntries(Object.entries(entries).filter(([name, one]) => keeps(one, name)));
}

function mapped<From, To>(
  entries: Readonly<Record<string, From>>,
  to: (name: string, from: From) => To,
): ReadonlyMap<string, To> {
  return new Map(Object.entries(entries).map(([name, from]) => [name, to(name, from)]));
}

/** Enough for any system that can say what it bears, and for a process's sockets. */
const DEFAULT_MAX_CONCURRENT = 200;
/** What Genesys Cloud gives a client (`client.credentials.token.rate.per.minute`). */
const GENESYS_MAX_PER_MINUTE = 300;

function systemConfig(name: string, declared: DeclaredSystem, genesys: GenesysEnvironment): SystemConfig {
  const { timeoutMs, limits } = declared;
  const { baseUrl, auth } = accessOf(declared, genesys);
  const { maxConcurrent = DEFAULT_MAX_CONCURRENT, maxPerSecond, adaptive, backgroundShare, queueMs } = limits;
  const maxPerMinute = limits.maxPerMinute ?? (auth.type === 'genesys' ? GENESYS_MAX_PER_MINUTE : undefined);
  const schedule = limits.schedule.map(limitWindow);
  const assembled = { maxConcurrent, maxPerSecond, maxPerMinute, adaptive, backgroundShare, queueMs, schedule };
  return { name, baseUrl, auth, timeoutMs, limits: assembled };
}

function accessOf(
  { baseUrl, auth }: DeclaredSystem,
  genesys: GenesysEnvironment,
): Pick<SystemConfig, 'baseUrl' | 'auth'> {
  if (auth.type !== 'genesys') return { baseUrl: checked(baseUrl), auth };
  const { environment, clientId, clientSecret, loginUrl, optional: _optional, ...terms } = auth;
  const [ownApi, ownLogin] =
    environment === undefined ? [undefined, undefined] : [apiUrlOf(environment), loginUrlOf(environment)];
  return {
    baseUrl: checked(baseUrl ?? ownApi ?? genesys.apiUrl),
    auth: {
      ...terms,
      loginUrl: checked(loginUrl ?? ownLogin ?? genesys.loginUrl),
      clientId: checked(clientId ?? genesys.clientId),
      clientSecret: checked(clientSecret ?? genesys.clientSecret),
    },
  };
}

function checked(text: string | undefined): string {
  if (text === undefined) throw new TypeError('a system was not checked before it was used');
  return text;
}

function limitWindow({
  cron,
  forMs,
  maxConcurrent,
  maxPerSecond,
}: DeclaredSystem['limits']['schedule'][number]): LimitWindow {
  return { cron, forMs, maxConcurrent, maxPerSecond };
}

function lookupConfig(
  name: string,
  { description, key, origin, customerId, fields, cache, priority, limits, prewarm }: DeclaredLookup,
): LookupConfig {
  return {
    name,
    description,
    key,
    origin: originConfig(origin),
    customerId,
    fields: mapped(fields, fieldConfig),
    cache,
    priority,
    prewarm,
    limits: { ...requestCeiling(limits), maxCalls: limits.maxCalls },
  };
}

function originConfig({ system, method, path, query, body, record, follow }: DeclaredLookup['origin']): OriginConfig {
  return {
    system,
    method,
    path,
    query: new Map(Object.entries(query)),
    body: body === undefined ? undefined : new Map(Object.entries(body)),
    record,
    follow,
  };
}

function fieldConfig(
  name: string,
  { type, from, default: written, description }: DeclaredLookup['fields'][string],
): FieldConfig {
  const value = readDefault(type, written);
  if (value === undefined) throw new TypeError(`the default of field ${name} was not checked before it was used`);
  const described = description === undefined ? {} : { description };
  return { type, from: from ?? fieldExpression(name), default: value, ...described };
}

function callerConfig(name: string, { limits, ...caller }: DeclaredCaller): CallerConfig {
  return { name, ...caller, limits: requestCeiling(limits) };
}

function requestCeiling({ maxPerSecond, maxConcurrent }: DeclaredCaller['limits']): RequestCeiling {
  return { maxPerSecond, maxConcurrent };
}
