import type { FieldConfig, FieldValue, LookupConfig } from '../../../config/config.js';
import type { AnswerText } from '../../../contracts/dip.js';
import { OriginFailure } from '../../../kernel/errors.js';
import { boundedAnswer } from './answer-bound.js';
import { defaultsText, fits } from './answer-shape.js';
import { BoundedExpression, tookTooLong } from './bounded-expression.js';

/** As for an input of kind `id`. */
const MAX_ID_LENGTH = 320;

interface CompiledField {
  readonly name: string;
  readonly type: FieldConfig['type'];
  readonly from: BoundedExpression;
  readonly fallback: FieldValue;
}

/** An origin's record, as far as it is kept. */
export interface Projected {
  readonly found: boolean;
  readonly text: AnswerText;
  /** The id that events name; absent where nothing or no id was found. */
  readonly customerId: string | undefined;
}

/**
 * Makes an answer of what an origin said: only the declared fields, each of its declared type or its default. Nothing else of a record
 * is ever kept or sent.
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
    this.notFound = { found: false, text: defaultsText(fields), customerId: undefined };
  }

  /** @throws {OriginFailure} when the answer is of a shape the record's expression cannot read, or the expression does not end */
  record(body: unknown): Promise<unknown> {
    return this.recordAt === undefined ? Promise.resolve(body) : this.recordIn(body, this.recordAt);
  }

  /** The id of the record that stands for this one; absent: none does. */
  async followed(record: unknown): Promise<string | undefined> {
    return this.follow === undefined || isNothing(record) ? undefined : idIn(record, this.follow);
  }

  /** @throws {OriginFailure} when an expression does not end */
  async project(record: unknown): Promise<Projected> {
    if (isNothing(record)) return this.notFound;
    const values = new Map<string, FieldValue>();
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
      return await expression.evaluate(body);
    } catch {
      // JSONata's message quotes the data, so it is not carried along.
      throw new OriginFailure('origin_error', 'the answer of the origin has an unexpected shape');
    }
  }
}

function isNothing(record: unknown): boolean {
  return record === undefined || record === null;
}

/** Ids are text; a number is one that was written without quotes. */
async function idIn(record: unknown, expression: BoundedExpression): Promise<string | undefined> {
  const id = await expression.evaluate(record).catch(unlessItTookTooLong);
  const text = typeof id === 'string' || typeof id === 'number' ? String(id).trim() : '';
  return text === '' || text.length > MAX_ID_LENGTH ? undefined : text;
}

async function valueOf({ type, from, fallback }: CompiledField, record: unknown): Promise<FieldValue> {
  try {
    const value = await from.evaluate(record);
    return fits(type, value) ? value : fallback;
  } catch (error) {
    // An expression may stumble over one odd record, such as a name that is a number; the field is then of another type.
    unlessItTookTooLong(error);
    return fallback;
  }
}

/** What took too long says nothing about the record, so nothing may be kept for it. */
function unlessItTookTooLong(error: unknown): undefined {
  if (!tookTooLong(error)) return undefined;
  throw new OriginFailure('origin_error', 'an expression of the lookup did not end in time');
}
