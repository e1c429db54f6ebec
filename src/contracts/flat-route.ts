import type { FieldConfig, FieldValue } from '../config/config.js';

/** One value of a flat object that crosses our border, as the schemas of others can say it. */
interface FlatValue {
  readonly name: string;
  readonly description: string;
  /** The only words it can be. Absent: any value of its type. */
  readonly words?: readonly string[];
}

/** An input. Always text: nothing else can be left of one that is not set. */
export interface FlatInput extends FlatValue {
  readonly required: boolean;
  readonly example: string;
}

export interface FlatOutput extends FlatValue {
  readonly type: FieldConfig['type'];
  /** Its value where nothing is known: in place of an answer that lacks it, because somebody else gave it. */
  readonly fallback: FieldValue;
}

/** A route that takes and gives flat objects of plain values, never null: what a flow of a platform can work with. */
export interface FlatRoute {
  readonly name: string;
  readonly description: string;
  readonly method: 'GET' | 'POST';
  /** `{input}` stands for an input; the others go into the query or the body. */
  readonly path: string;
  readonly inputs: readonly FlatInput[];
  /** Every answer has all of them and nothing else. */
  readonly outputs: readonly FlatOutput[];
}

/** What any of these routes may be told besides. */
export const TENANT_INPUT: FlatInput = {
  name: 'tenantId',
  description: 'Whose data it is about. Needed only by a caller who serves several tenants',
  required: false,
  example: '10001',
};
