import { requestLimits } from '../request-limits.js';
import type { ComposedLookupConfig, PartConfig, PartField } from './composed-config.js';
import { partFieldOf, type DeclaredComposedLookup } from './composed-schema.js';
import type { FieldConfig, LookupConfig } from './lookup-config.js';

type Lookups = ReadonlyMap<string, LookupConfig>;

/** Joins a composed lookup that passed every check with the lookups that it names. */
export function composedConfig(
  name: string,
  { description, compose, fields, limits }: DeclaredComposedLookup,
  lookups: Lookups,
): ComposedLookupConfig {
  const parts = compose.map((part): PartConfig => ({
    lookup: checked(lookups.get(part.lookup)),
    with: part.with && new Map(Object.entries(part.with).map(([input, field]) => [input, reference(field)])),
  }));
  const declaredFields = Object.entries(fields).map(([field, text]) => {
    const named = reference(text);
    return [field, { ...named, declared: fieldOf(named, lookups) }] as const;
  });
  return { name, description, parts, fields: new Map(declaredFields), limits: requestLimits(limits) };
}

function reference(text: string): PartField {
  return checked(partFieldOf(text));
}

function fieldOf({ part, field }: PartField, lookups: Lookups): FieldConfig {
  return checked(lookups.get(part)?.fields.get(field));
}

function checked<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError('a composed lookup is used before its check');
  return value;
}
