import type { Country } from '../../phone/country.js';
import { fieldExpression } from '../../schema/expression.js';
import { requestLimits } from '../request-limits.js';
import { readDefault } from './field-default.js';
import type { FieldConfig, KeyEntry, KeyInput, LookupConfig, OriginConfig } from './lookup-config.js';
import type { DeclaredKeyInput } from './key-schema.js';
import type { DeclaredLookup } from './lookup-schema.js';

/** Values from other sections of the file, and from the environment. */
interface LookupDefaults {
  readonly secrets: readonly string[];
  readonly invalidatedWithinMs: number;
  readonly country: Country | undefined;
}

/** Applies the defaults to a lookup that passed every check. */
export function lookupConfig(
  name: string,
  { description, key, origin, customerId, fields, cache, priority, limits, prewarm }: DeclaredLookup,
  defaults: LookupDefaults,
): LookupConfig {
  return {
    name,
    description,
    key: key.map((entry) => keyEntry(entry, defaults)),
    origin: originConfig(origin),
    customerId,
    fields: new Map(Object.entries(fields).map(([field, declared]) => [field, fieldConfig(field, declared)])),
    cache: { ...cache, invalidatedWithinMs: cache.invalidatedWithinMs ?? defaults.invalidatedWithinMs },
    priority,
    prewarm,
    limits: { ...requestLimits(limits), maxCalls: limits.maxCalls },
    secrets: defaults.secrets,
  };
}

function keyEntry(entry: DeclaredLookup['key'][number], defaults: LookupDefaults): KeyEntry {
  return 'all' in entry ? { all: entry.all.map((input) => keyInput(input, defaults)) } : keyInput(entry, defaults);
}

function keyInput({ input, kind, country }: DeclaredKeyInput, defaults: LookupDefaults): KeyInput {
  return kind === 'phone' ? { input, kind, country: country ?? defaults.country } : { input, kind };
}

const NOT_WITH_SQL = { failWhen: undefined, notFoundWhen: undefined, follow: undefined };

function originConfig({ query, body, ...origin }: DeclaredLookup['origin']): OriginConfig {
  const { system, method, path, sql, xml, form, headers, record, failWhen, notFoundWhen, follow } = origin;
  if (sql !== undefined) return { system, sql, record, ...NOT_WITH_SQL };
  if (path === undefined) throw new TypeError('an origin is used before its checks');
  return {
    system,
    method,
    path,
    query: new Map(Object.entries(query)),
    body: xml !== undefined ? { kind: 'xml', text: xml } : body && { kind: form ? 'form' : 'json', value: body },
    headers,
    record,
    failWhen,
    notFoundWhen,
    follow,
  };
}

function fieldConfig(
  name: string,
  { type, from, default: declared, description }: DeclaredLookup['fields'][string],
): FieldConfig {
  const value = readDefault(type, declared);
  if (value === undefined) throw new TypeError(`the default of field ${name} is used before its check`);
  const described = description === undefined ? {} : { description };
  return { type, from: from ?? fieldExpression(name), default: value, ...described };
}
