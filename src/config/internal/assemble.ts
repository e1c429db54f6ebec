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
import { fieldExpression } from './expression.js';
import { readDefault } from './field-default.js';
import type { Declared, DeclaredCaller, DeclaredLookup, DeclaredSystem } from './file-schema.js';

export interface Assembled {
  readonly systems: ReadonlyMap<string, SystemConfig>;
  readonly lookups: ReadonlyMap<string, LookupConfig>;
  readonly callers: ReadonlyMap<string, CallerConfig>;
  readonly agents: AgentsConfig;
}

/** What the file declares, in the shape the rest of the house works with. Only for a file without a problem. */
export function assemble({ systems, lookups, callers, agents }: Declared): Assembled {
  return {
    systems: mapped(systems, systemConfig),
    lookups: mapped(lookups, lookupConfig),
    callers: mapped(callers, callerConfig),
    agents,
  };
}

function mapped<From, To>(
  entries: Readonly<Record<string, From>>,
  to: (name: string, from: From) => To,
): ReadonlyMap<string, To> {
  return new Map(Object.entries(entries).map(([name, from]) => [name, to(name, from)]));
}

/** Enough for any system that can say what it bears, and for a process's sockets. */
const DEFAULT_MAX_CONCURRENT = 200;

function systemConfig(name: string, { baseUrl, auth, timeoutMs, limits }: DeclaredSystem): SystemConfig {
  const { maxConcurrent = DEFAULT_MAX_CONCURRENT, maxPerSecond, adaptive, backgroundShare, queueMs } = limits;
  const schedule = limits.schedule.map(limitWindow);
  const assembled = { maxConcurrent, maxPerSecond, adaptive, backgroundShare, queueMs, schedule };
  return { name, baseUrl, auth, timeoutMs, limits: assembled };
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

function originConfig({ system, method, path, query, body, record }: DeclaredLookup['origin']): OriginConfig {
  return {
    system,
    method,
    path,
    query: new Map(Object.entries(query)),
    body: body === undefined ? undefined : new Map(Object.entries(body)),
    record,
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
