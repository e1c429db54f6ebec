import type { FieldConfig, FieldValue } from '../config.js';
import { flagged, numeric, plain } from './scalars.js';

type FieldType = FieldConfig['type'];

/** What a field without a declared default falls back to. */
const NOTHING: Readonly<Record<FieldType, FieldValue>> = { string: '', boolean: false, integer: 0, number: 0 };

const READ: Readonly<Record<FieldType, (written: unknown) => unknown>> = {
  string: plain,
  boolean: flagged,
  integer: numeric,
  number: numeric,
};

/** A default as the type of its field reads it; `undefined` where it does not fit. */
export function readDefault(type: FieldType, written: unknown): FieldValue | undefined {
  if (written === undefined) return NOTHING[type];
  const value = READ[type](written);
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
