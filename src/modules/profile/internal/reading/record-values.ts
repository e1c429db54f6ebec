/** The values of one record, as a lookup reads them. Runs in worker threads too. */
import type { FieldConfig } from '../../../../config/sections/lookups/lookup-config.js';
import { DigitsLost } from '../../../../expressions/exact-numbers.ts';
import type { Bindings, Expression } from '../../../../expressions/expression.ts';
import { ABSENT, type fieldValue, type FieldReading } from './field-value.ts';

/** The limit of an input of kind `id`. */
const MAX_ID_LENGTH = 320;

export interface PlannedExpression {
  readonly type: FieldConfig['type'];
  readonly from: Expression;
}

/**
 * Reads an id as text. A number is an id without quotes. A number beyond 2^53 comes from a
 * computation, and may be the id of another customer.
 */
export async function idIn(record: object, expression: Expression, bindings: Bindings): Promise<string | undefined> {
  const id = await expression.evaluate(record, bindings).catch(() => undefined);
  const isExact = typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER;
  const text = typeof id === 'string' || isExact ? String(id).trim() : '';
  return text === '' || text.length > MAX_ID_LENGTH ? undefined : text;
}

/** @param valueOf reads the value of the expression as the type of the field */
export async function fieldIn(
  record: object,
  { type, from }: PlannedExpression,
  bindings: Bindings,
  valueOf: typeof fieldValue,
): Promise<FieldReading> {
  try {
    return valueOf(type, await from.evaluate(record, bindings));
  } catch (error) {
    if (error instanceof DigitsLost) return { reason: 'digits_lost' };
    // An expression may fail on a single record, for example if a name is a number.
    return isAboutNull(error) ? ABSENT : { reason: 'expression_failed' };
  }
}

/** JSONata's functions and operators refuse null and accept a missing value. Both mean that the
 * field is absent.
 */
function isAboutNull(error: unknown): boolean {
  const { code, value } = error as { readonly code?: unknown; readonly value?: unknown };
  return typeof code === 'string' && code.startsWith('T') && value === null;
}
