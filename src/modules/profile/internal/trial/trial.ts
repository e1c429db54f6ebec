import type { FieldConfig, FieldValue } from '../../../../config/sections/lookups/lookup-config.js';
import type { DegradedReason, OriginFault, TokenFault } from '../../../../kernel/errors.js';
import type { Decision } from '../reading/decision.ts';
import type { MissingName } from '../reading/missing-names.ts';
import type { ShapeLine } from '../reading/shape-lines.ts';
import type { ShownRequest } from './shown-request.js';

/** The description of one dip that was made to try a lookup. */
export interface Trial {
  readonly lookup: string;
  readonly tenant: string;
  /** The lookup itself, or the parts of a composed lookup in the declared order. */
  readonly parts: readonly PartTrial[];
  /** The fields of a composed lookup. `undefined` for a lookup. */
  readonly fields?: readonly ComposedFieldTrial[];
}

/**
 * The result of a part.
 *
 * - `found`: the origin has a record.
 * - `not_found`: the origin says that it has no record.
 * - `failed`: `error` and `cause` say why.
 * - `no_lookup_key`: no input is present and usable.
 * - `withheld`: the same, because a phone number is withheld.
 */
export type TrialResult = 'found' | 'not_found' | 'failed' | 'no_lookup_key' | 'withheld';

export interface PartTrial {
  readonly lookup: string;
  readonly result: TrialResult;
  /** The `error` of a degraded answer. Empty if the part did not fail. */
  readonly error: DegradedReason | '';
  /** Why it failed. Empty if the part did not fail. */
  readonly cause: OriginFault | TokenFault | '';
  readonly message: string;
  /** The inputs that identify an entry, in order. */
  readonly inputs: readonly string[];
  /** The input that identifies the entry. Empty if none does. */
  readonly usedInput: string;
  /** A second call means that the first record names its successor. */
  readonly calls: readonly CallTrial[];
  /** Whether the record has the id that invalidation events name. */
  readonly customerId: 'found' | 'missing' | 'not_declared';
  /** The expression of the id. Empty if none is declared. */
  readonly customerIdFrom: string;
  /** Names of this expression that the record lacks. */
  readonly customerIdMissing: readonly MissingName[];
  /** The inputs that earlier parts should give, and do not give. */
  readonly unsetInputs: readonly UnsetInput[];
  readonly fields: readonly FieldTrial[];
}

/** An input of a part that an earlier part does not give. */
export interface UnsetInput {
  readonly input: string;
  /** `part.field`. */
  readonly from: string;
  /**
   * - `default`: the field has its declared default, which names no customer.
   * - `empty`: the field is an empty text.
   * - `no_answer`: the earlier part has no answer.
   */
  readonly reason: 'default' | 'empty' | 'no_answer';
}

export interface CallTrial {
  readonly system: string;
  readonly request: ShownRequest;
  /** 0 if there was no answer, and for a database. */
  readonly status: number;
  /** Empty if the answer has none. */
  readonly contentType: string;
  readonly steps: StepTimes;
  readonly shape: readonly ShapeLine[];
  readonly decision: Decision;
  readonly record: RecordTrial;
}

/** In milliseconds. A step that was not reached took 0. */
export interface StepTimes {
  /** Until a credential is there and the limits of the system admit the call. */
  readonly admissionMs: number;
  /** Until the whole answer is there. The time to open a connection is part of it. */
  readonly answerMs: number;
  /** Until the record and its fields are read. */
  readonly readingMs: number;
}

interface RecordTrial {
  /** The declared expression. Empty means that the whole answer is the record. */
  readonly expression: string;
  /** The type of what the expression yields, or `nothing`, or `error`. */
  readonly found: string;
  readonly matches: number;
  readonly missing: readonly MissingName[];
}

export interface FieldTrial {
  readonly name: string;
  readonly type: FieldConfig['type'];
  readonly from: string;
  /** The type of what `from` yields. Empty if there is no record. */
  readonly found: string;
  readonly isDefault: boolean;
  /** Why the field has its default. Empty if it has a value of the record. */
  readonly reason: string;
  /** A default, or, if values are shown, the value. A number beyond 2^53 is a text. */
  readonly value?: FieldValue;
  /** Names of `from` that the record lacks. An expression may yield a value without them. */
  readonly missing: readonly MissingName[];
}

interface ComposedFieldTrial {
  readonly name: string;
  /** `part.field`. */
  readonly from: string;
  readonly value?: FieldValue;
}
