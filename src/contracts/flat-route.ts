import type { FieldConfig, FieldValue } from '../config/sections/lookups/lookup-config.js';

/** A value of a flat object that Datadip receives or returns. */
interface FlatValue {
  readonly name: string;
  readonly description: string;
  /** The allowed values. `undefined` means any value of the type. */
  readonly words?: readonly string[];
}

/**
 * An input is always text, because the platform's templates turn an input that is not set into
 * text.
 */
export interface FlatInput extends FlatValue {
  readonly required: boolean;
  readonly example: string;
}

export interface FlatOutput extends FlatValue {
  readonly type: FieldConfig['type'];
  /**
   * The default: the platform uses it if the answer lacks the value, as an answer of a proxy does.
   */
  readonly fallback: FieldValue;
}

/**
 * A route that receives and returns flat objects of plain values, never null. A flow of a platform
 * can handle no other objects.
 */
export interface FlatRoute {
  readonly name: string;
  readonly description: string;
  readonly method: 'GET' | 'POST';
  /**
   * `{input}` stands for an input. The other inputs go into the query of a GET or the body of a
   * POST.
   */
  readonly path: string;
  readonly inputs: readonly FlatInput[];
  /** Every answer has all of these members and no others. */
  readonly outputs: readonly FlatOutput[];
}

/** The input that every flat route accepts in addition to its own inputs. */
export const TENANT_INPUT: FlatInput = {
  name: 'tenantId',
  description: 'Id of the tenant. Only a caller of several tenants needs it',
  required: false,
  example: '10001',
};
