import type { RequestLimitsConfig } from '../request-limits.js';
import type { FieldConfig, LookupConfig } from './lookup-config.js';

/** `ReadonlyMap<string, ComposedLookupConfig>`: the declared composed lookups, by name. */
export const COMPOSED_LOOKUPS = Symbol('composed lookups');

/** A data dip that is answered from the answers of several lookups, its parts. */
export interface ComposedLookupConfig {
  readonly name: string;
  /** Shown in the OpenAPI document and in Data Actions. Default: empty. */
  readonly description: string;
  /** 1 to 8 parts, in the declared order. The first part decides `contactFound`. */
  readonly parts: readonly PartConfig[];
  /** 1 to 64 fields, by name. */
  readonly fields: ReadonlyMap<string, ComposedFieldConfig>;
  /** The limits of the requests to the composed lookup. The parts keep their own budgets. */
  readonly limits: RequestLimitsConfig;
}

/** A field of a part. */
export interface PartField {
  /** The name of the part. */
  readonly part: string;
  readonly field: string;
}

export interface PartConfig {
  /** A lookup of the same file. Its name is the name of the part. */
  readonly lookup: LookupConfig;
  /**
   * The inputs of the part, by name, from fields of earlier parts. `undefined` means that the part
   * gets the inputs of the caller. A field that has its default gives no input.
   */
  readonly with: ReadonlyMap<string, PartField> | undefined;
}

/** A field of the whole answer: its type, default and description are those of the part's field. */
interface ComposedFieldConfig extends PartField {
  readonly declared: FieldConfig;
}
