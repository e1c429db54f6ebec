import type { LookupConfig } from '../../../../config/sections/lookups/lookup-config.js';
import type { Inspection } from '../reading/answer-inspector.ts';
import type { Reading } from '../reading/answer-reader.ts';
import type { DefaultReason } from '../reading/field-value.ts';
import type { FieldTrial, TrialResult } from './trial.js';

type RecordReading = Extract<Reading, { readonly kind: 'record' }>;

/** A record and what is known about it. */
export interface ReadRecord {
  readonly reading: RecordReading;
  /** Why fields took their defaults although the record has a value, by field. */
  readonly defaults: readonly (readonly [field: string, reason: DefaultReason])[];
  /** `undefined` means that the description of the answer took too long. */
  readonly inspection: Inspection | undefined;
}

/** Every field of a lookup without a record: all have their defaults. */
export function defaultFields({ fields }: LookupConfig, reason: TrialResult): FieldTrial[] {
  return [...fields].map(([name, { type, from, default: value }]) => ({
    name,
    type,
    from,
    found: '',
    isDefault: true,
    reason,
    value,
    missing: [],
  }));
}

/** Every field of a record, with its value or with the reason of its default. */
export function fieldTrials(
  { fields }: LookupConfig,
  { reading, defaults, inspection }: ReadRecord,
  showsValues: boolean,
): FieldTrial[] {
  const reasons = new Map(defaults);
  return [...fields].map(([name, { type, from, default: fallback }], at) => {
    const { found = '', missing = [] } = inspection?.fields[at] ?? {};
    const value = reading.fields[at]?.value;
    const isDefault = value === undefined || reasons.has(name);
    const declared = { name, type, from, found, isDefault };
    if (isDefault) return { ...declared, reason: reasons.get(name) ?? absence(found), value: fallback, missing };
    return {
      ...declared,
      reason: '',
      missing,
      ...(showsValues ? { value: typeof value === 'bigint' ? String(value) : value } : {}),
    };
  });
}

/** Why the record counts as lacking a field. */
function absence(found: string): string {
  if (found === 'null' || found === 'error') return 'null';
  return found === 'nothing' || found === '' ? 'absent' : 'empty';
}
