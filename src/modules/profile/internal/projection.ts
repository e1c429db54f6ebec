import jsonata, { type Expression } from 'jsonata';
import type { FieldConfig, FieldValue, LookupConfig } from '../../../config/config.js';
import type { AnswerText } from '../../../contracts/dip.js';
import { OriginFailure } from '../../../kernel/errors.js';
import { boundedAnswer } from './answer-bound.js';
import { defaultsText, fits } from './answer-shape.js';

/** As for an input of kind `id`. */
const MAX_ID_LENGTH = 320;

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
  private readonly record: Expression | undefined;
  private readonly fields: readonly CompiledField[];
  private readonly customerId: Expression | undefined;
  private readonly notFound: Projected;

  constructor(private readonly lookup: LookupConfig) {
    const { origin, fields, customerId } = lookup;
    this.record = origin.record === undefined ? undefined : jsonata(origin.record);
    this.fields = [...fields].map(([name, field]) => ({
      name,
      type: field.type,
      from: jsonata(field.from),
      fallback: field.default,
    }));
    this.customerId = customerId === undefined ? undefined : jsonata(customerId);
    this.notFound = { found: false, text: defaultsText(fields), customerId: undefined };
  }

  /** @throws {OriginFailure} when the answer is of a shape the record's expression cannot read */
  async project(body: unknown): Promise<Projected> {
    const record = this.record === undefined ? body : await this.recordIn(body, this.record);
    if (record === undefined || record === null) return this.notFound;
    const values = new Map<string, FieldValue>();
    for (const field of this.fields) values.set(field.name, await valueOf(field, record));
    return { found: true, text: boundedAnswer(values, this.lookup.fields), customerId: await this.idIn(record) };
  }

  /** Ids are text; a number is one that was written without quotes. */
  private async idIn(record: unknown): Promise<string | undefined> {
    if (this.customerId === undefined) return undefined;
    const id: unknown = await this.customerId.evaluate(record).catch(() => undefined);
    const text = typeof id === 'string' || typeof id === 'number' ? String(id).trim() : '';
    return text === '' || text.length > MAX_ID_LENGTH ? undefined : text;
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

async function valueOf({ type, from, fallback }: CompiledField, record: unknown): Promise<FieldValue> {
  try {
    const value: unknown = await from.evaluate(record);
    return fits(type, value) ? value : fallback;
  } catch {
    // An expression may stumble over one odd record, such as a name that is a number; the field is then of another type.
    return fallback;
  }
}
