import type { FieldConfig, FieldValue, LookupConfig } from '../../../config/sections/lookups/lookup-config.js';
import type { AnswerText } from '../../../contracts/dip.js';
import { OriginFailure } from '../../../kernel/errors.js';
import { boundedAnswer } from './answer-bound.js';
import { defaultAnswer, fitsType, type AnswerValue } from './answer-shape.js';
import { BoundedExpression, tookTooLong } from './bounded-expression.js';
import { exactPart } from './exact-record.js';

/** The limit of an input of kind `id`. */
const MAX_ID_LENGTH = 320;

interface CompiledField {
  readonly name: string;
  readonly type: FieldConfig['type'];
  readonly from: BoundedExpression;
  readonly fallback: FieldValue;
}

/** The part of an origin's record that Datadip stores. */
export interface Projected {
  readonly found: boolean;
  readonly text: AnswerText;
  /**
   * The id that invalidation events name. `undefined` if there is no record, or the record has no
   * id.
   */
  readonly customerId: string | undefined;
}

/**
 * Projects an origin's record to the declared fields. Each field has its declared type, or its
 * default. Datadip neither stores nor sends any other part of a record.
 */
export class Projection {
  private readonly recordAt: BoundedExpression | undefined;
  private readonly follow: BoundedExpression | undefined;
  private readonly fields: readonly CompiledField[];
  private readonly customerId: BoundedExpression | undefined;
  private readonly notFound: Projected;

  constructor(private readonly lookup: LookupConfig) {
    const { origin, fields, customerId } = lookup;
    this.recordAt = origin.record === undefined ? undefined : new BoundedExpression(origin.record);
    this.follow = origin.follow === undefined ? undefined : new BoundedExpression(origin.follow.id);
    this.fields = [...fields].map(([name, field]) => ({
      name,
      type: field.type,
      from: new BoundedExpression(field.from),
      fallback: field.default,
    }));
    this.customerId = customerId === undefined ? undefined : new BoundedExpression(customerId);
    this.notFound = { found: false, text: defaultAnswer(fields), customerId: undefined };
  }

  /** @throws {OriginFailure} if the expression fails on the answer, or does not end in time */
  record(body: unknown): Promise<unknown> {
    return this.recordAt === undefined ? Promise.resolve(body) : this.recordIn(body, this.recordAt);
  }

  /** The id of the record that replaces this record. `undefined` means that no record does. */
  async followedId(record: unknown): Promise<string | undefined> {
    return this.follow === undefined || isNothing(record) ? undefined : idIn(record, this.follow);
  }

  /** @throws {OriginFailure} if an expression does not end in time */
  async project(record: unknown): Promise<Projected> {
    if (isNothing(record)) return this.notFound;
    const values = new Map<string, AnswerValue>();
    for (const field of this.fields) values.set(field.name, await valueOf(field, record));
    return {
      found: true,
      text: boundedAnswer(values, this.lookup.fields),
      customerId: await this.customerIdIn(record),
    };
  }

  private async customerIdIn(record: unknown): Promise<string | undefined> {
    return this.customerId === undefined ? undefined : idIn(record, this.customerId);
  }

  private async recordIn(body: unknown, expression: BoundedExpression): Promise<unknown> {
    if (body === undefined) return undefined;
    try {
      return await expression.select(body);
    } catch {
      // JSONata's message quotes the data, so the failure does not repeat it.
      throw new OriginFailure('origin_error', 'origin response has an unexpected shape');
    }
  }
}

function isNothing(record: unknown): boolean {
  const part = exactPart(record);
  return part === undefined || part === null;
}

/**
 * Reads an id as text. A number is an id without quotes. A number beyond 2^53 comes from a
 * computation, and may be the id of another customer.
 */
async function idIn(record: unknown, expression: BoundedExpression): Promise<string | undefined> {
  const id = await expression.evaluate(record).catch(unlessTooLong);
  const isExact = typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER;
  const text = typeof id === 'string' || isExact ? String(id).trim() : '';
  return text === '' || text.length > MAX_ID_LENGTH ? undefined : text;
}

async function valueOf({ type, from, fallback }: CompiledField, record: unknown): Promise<AnswerValue> {
  try {
    const isNumeric = type === 'number' || type === 'integer';
    const value = await (isNumeric ? from.evaluateNumber(record) : from.evaluate(record));
    return fitsType(type, value) ? value : fallback;
  } catch (error) {
    // An expression may fail on a single record, for example if a name is a number. The field then
    // has its default.
    unlessTooLong(error);
    return fallback;
  }
}

/** A timeout says nothing about the record, so nothing may be stored for the record. */
function unlessTooLong(error: unknown): undefined {
  if (!tookTooLong(error)) return undefined;
  throw new OriginFailure('origin_error', 'expression of the lookup did not end in time');
}
