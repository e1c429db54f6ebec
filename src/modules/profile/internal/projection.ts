import jsonata, { type Expression } from 'jsonata';
import type { FieldConfig, FieldValue, LookupConfig } from '../../../config/config.js';
import type { AnswerText } from '../../../contracts/dip.js';
import { OriginFailure } from '../../../kernel/errors.js';
import { boundedAnswer } from './answer-bound.js';
import { defaultsText, fits } from './answer-shape.js';

/** As for an input of kind `id`. */
const MAX_ID_LENGTH = 320;
/**
 * An expression takes a fraction of a millisecond, and while it runs nobody else is served: one that loops, or doubles with every record
 * it meets, must not be the end of the process. Not bounded: a regular expression, which the engine does not interrupt.
 */
const EVALUATES_WITHIN_MS = 250;
/** JSONata's word for it. */
const TOOK_TOO_LONG = 'D1012';

interface CompiledField {
  readonly name: string;
  readonly type: FieldConfig['type'];
  readonly from: Expression;
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
  private readonly recordAt: Expression | undefined;
  private readonly follow: Expression | undefined;
  private readonly fields: readonly CompiledField[];
  private readonly customerId: Expression | undefined;
  private readonly notFound: Projected;

  constructor(private readonly lookup: LookupConfig) {
    const { origin, fields, customerId } = lookup;
    this.recordAt = origin.record === undefined ? undefined : bounded(origin.record);
    this.follow = origin.follow === undefined ? undefined : bounded(origin.follow.id);
    this.fields = [...fields].map(([name, field]) => ({
      name,
      type: field.type,
      from: bounded(field.from),
      fallback: field.default,
    }));
    this.customerId = customerId === undefined ? undefined : bounded(customerId);
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

  private async recordIn(body: unknown, expression: Expression): Promise<unknown> {
    if (body === undefined) return undefined;
    try {
      return (await expression.evaluate(body)) as unknown;
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
async function idIn(record: unknown, expression: Expression): Promise<string | undefined> {
  const id: unknown = await expression.evaluate(record).catch(unlessItTookTooLong);
  const text = typeof id === 'string' || typeof id === 'number' ? String(id).trim() : '';
  return text === '' || text.length > MAX_ID_LENGTH ? undefined : text;
}

async function valueOf({ type, from, fallback }: CompiledField, record: unknown): Promise<FieldValue> {
  try {
    const value: unknown = await from.evaluate(record);
    return fits(type, value) ? value : fallback;
  } catch (error) {
    // An expression may stumble over one odd record, such as a name that is a number; the field is then of another type.
    unlessItTookTooLong(error);
    return fallback;
  }
}

function bounded(source: string): Expression {
  return jsonata(source, { timeout: EVALUATES_WITHIN_MS });
}

/** What took too long says nothing about the record, so nothing may be kept for it. */
function unlessItTookTooLong(error: unknown): undefined {
  if ((error as { readonly code?: unknown } | undefined)?.code !== TOOK_TOO_LONG) return undefined;
  throw new OriginFailure('origin_error', 'an expression of the lookup did not end in time');
}
