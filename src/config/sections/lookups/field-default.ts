import { flagged, numeric, plain } from '../../schema/scalars.js';
import type { FieldConfig, FieldValue } from './lookup-config.js';

type FieldType = FieldConfig['type'];

/** The value of a field without a declared default. */
const FALLBACK: Readonly<Record<FieldType, FieldValue>> = { string: '', boolean: false, integer: 0, number: 0 };

const READ: Readonly<Record<FieldType, (declared: unknown) => unknown>> = {
  string: plain,
  boolean: flagged,
  integer: numeric,
  number: numeric,
};

/**
 * Reads a default as the type of its field. Returns `undefined` if the default has another type.
 */
export function readDefault(type: FieldType, declared: unknown): FieldValue | undefined {
  if (declared === undefined) return FALLBACK[type];
  const value = READ[type](declared);
  return fits(type, value) ? value : undefined;
}

function fits(type: FieldType, value: unknown): value is FieldValue {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
  }
}
