import { readDefault } from './field-default.js';
import type { LookupSketch } from './file-sketch.js';
import type { Finding } from './finding.js';
import type { Path } from './path.js';

const MAX_FIELDS = 64;
const FIELD_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** What every answer says about itself, beside the declared fields. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['contactFound', 'source', 'cacheHit', 'latencyMs', 'error']);

const FITTING = {
  string: 'text, in quotes if it looks like something else',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
};

export function fieldFindings({ fields }: LookupSketch, path: Path): Finding[] {
  if (fields === undefined) return [];
  const place = [...path, 'fields'];
  const names = Object.keys(fields);
  return [
    ...wrongCount(names.length, place),
    ...names.flatMap((name) => wrongName(name, place)),
    ...wrongDefaults(fields, place),
  ];
}

function wrongCount(count: number, path: Path): Finding[] {
  return count >= 1 && count <= MAX_FIELDS ? [] : [{ path, message: `must declare 1 to ${MAX_FIELDS} fields` }];
}

function wrongName(name: string, place: Path): Finding[] {
  const path = [...place, name];
  if (OWN_FIELDS.has(name))
    return [{ path, message: 'is reserved: every answer has a field of this name', valueIsMoot: true }];
  if (FIELD_NAME.test(name)) return [];
  return [{ path, message: 'must be a name of 1 to 64 letters, digits, `_` or `-`', valueIsMoot: true }];
}

function wrongDefaults(fields: NonNullable<LookupSketch['fields']>, place: Path): Finding[] {
  return Object.entries(fields).flatMap(([name, field]): Finding[] => {
    if (field?.type === undefined || readDefault(field.type, field.default) !== undefined) return [];
    return [{ path: [...place, name, 'default'], message: `must be ${FITTING[field.type]}, like the field` }];
  });
}
