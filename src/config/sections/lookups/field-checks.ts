import { name as nameRule } from '../../schema/text-rules.js';
import type { Finding, Path } from '../../yaml/finding.js';
import { readDefault } from './field-default.js';
import type { LookupSketch } from './lookup-schema.js';
import { GENESYS_NAMES, GENESYS_RESERVES, MAX_ANSWER_BYTES, OWN_FIELDS } from './platform-limits.js';

const MAX_FIELDS = 64;

const TYPE_WORDING = {
  string: 'text, in quotes if it looks like something else',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
};

/** The declared fields, by name. `undefined` stands for a malformed field. */
export type FieldSketches = NonNullable<LookupSketch['fields']>;

export function fieldFindings({ fields }: LookupSketch, path: Path): Finding[] {
  if (fields === undefined) return [];
  const place = [...path, 'fields'];
  return [
    ...countAndNameFindings(Object.keys(fields), place, OWN_FIELDS),
    ...wrongDefaults(fields, place),
    ...tooLargeDefaults(fields, place),
  ];
}

/** @param reserved the names that every answer of this kind has */
export function countAndNameFindings(names: readonly string[], place: Path, reserved: ReadonlySet<string>): Finding[] {
  return [...wrongCount(names.length, place), ...names.flatMap((name) => wrongName(name, place, reserved))];
}

function wrongCount(count: number, path: Path): Finding[] {
  return count >= 1 && count <= MAX_FIELDS ? [] : [{ path, message: `must declare 1 to ${MAX_FIELDS} fields` }];
}

/** Refuses names that Genesys Cloud refuses at import, which may be months after this start. */
function wrongName(name: string, place: Path, reserved: ReadonlySet<string>): Finding[] {
  const message = reserved.has(name)
    ? 'is reserved: every answer has a field of this name'
    : GENESYS_NAMES.has(name)
      ? GENESYS_RESERVES
      : nameRule(name);
  return message === undefined ? [] : [{ path: [...place, name], message, hidesValue: true }];
}

function wrongDefaults(fields: FieldSketches, place: Path): Finding[] {
  return Object.entries(fields).flatMap(([name, field]): Finding[] => {
    if (field?.type === undefined || readDefault(field.type, field.default) !== undefined) return [];
    return [{ path: [...place, name, 'default'], message: `must be ${TYPE_WORDING[field.type]}, like the field` }];
  });
}

/** If Datadip has no value, the answer consists of the defaults, and no field can be left out. */
export function tooLargeDefaults(fields: FieldSketches, path: Path): Finding[] {
  const defaults = Object.entries(fields).map(([name, field]) => [
    name,
    field?.type === undefined ? undefined : readDefault(field.type, field.default),
  ]);
  const bytes = Buffer.byteLength(JSON.stringify({ contactFound: false, ...Object.fromEntries(defaults) }));
  const message = `must have defaults of at most ${MAX_ANSWER_BYTES} bytes together: larger answers are refused by CXone Studio`;
  return bytes > MAX_ANSWER_BYTES ? [{ path, message, hidesValue: true }] : [];
}
