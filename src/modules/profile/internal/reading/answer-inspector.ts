/** Describes an answer to an operator who tries a lookup. Runs in worker threads too. */
import { readBody, type AnswerBody, type StructuredBody } from '../../../../origins/http/answer-body.ts';
import type { ReadingPlan, Replaced } from './answer-reader.ts';
import { Expression, type Bindings } from '../../../../expressions/expression.ts';
import { countedExpression, countOf } from './matches.ts';
import type { AnswerRules } from './answer-rules.ts';
import { decisionOn, type Decision } from './decision.ts';
import { missingNames, type MissingName } from './missing-names.ts';
import { oneRecord } from './one-record.ts';
import { shapeLines, typeName, type ShapeLine } from './shape-lines.ts';

/** The result of an expression. */
interface Finding {
  /** A type, as in `ShapeLine`, or `nothing`, or `error` if the expression fails. */
  readonly found: string;
  /** Names of the expression that its input lacks. */
  readonly missing: readonly MissingName[];
}

/** The description of one answer. Without values, unless the request asks for them. */
export interface Inspection {
  readonly shape: readonly ShapeLine[];
  readonly decision: Decision;
  /** The result of `record`. Without `record`, it is the whole answer. */
  readonly record: Finding;
  /** How many records the answer holds, as `$matches` counts them. */
  readonly matches: number;
  /** `undefined` means that the lookup declares none, or that the answer holds no record. */
  readonly customerId: Finding | undefined;
  /** In the order of the plan. Empty if the answer holds no record. */
  readonly fields: readonly Finding[];
}

export interface AnswerToInspect {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly successorOf: Replaced | undefined;
  readonly showsValues: boolean;
}

/** Describes the answers of one lookup. `AnswerReader` decides what the answers mean. */
export class AnswerInspector {
  private readonly record: Expression | undefined;
  private readonly counted: Expression;
  private readonly customerId: Expression | undefined;
  private readonly fields: readonly Expression[];
  private readonly rules: AnswerRules;
  private readonly sources: Pick<ReadingPlan, 'failWhen' | 'notFoundWhen'>;

  constructor({ record, customerId, fields, failWhen, notFoundWhen }: ReadingPlan) {
    const compile = (source: string): Expression => new Expression(source, true);
    this.record = record === undefined ? undefined : compile(record);
    this.counted = countedExpression(record ?? '$', true);
    this.customerId = customerId === undefined ? undefined : compile(customerId);
    this.fields = fields.map(({ from }) => compile(from));
    this.sources = { failWhen, notFoundWhen };
    this.rules = {
      failWhen: failWhen === undefined ? undefined : compile(failWhen),
      notFoundWhen: notFoundWhen === undefined ? undefined : compile(notFoundWhen),
    };
  }

  async inspect({ status, text, headers, successorOf, showsValues }: AnswerToInspect): Promise<Inspection> {
    const body = readBody(text, headers['content-type'] ?? '');
    const decide = (bindings: Bindings): Promise<Decision> =>
      decisionOn({ status, headers, body }, this.rules, this.sources, bindings);
    if (!('rounded' in body)) return withoutMembers(body, await decide({ matches: undefined }));
    const { rounded, value: exact } = body;
    const counted = await this.counted.evaluate(rounded, { matches: undefined }).then(countOf, () => 0);
    const bindings: Bindings = { matches: successorOf === undefined ? counted : successorOf.matches };
    const expression = successorOf === undefined ? this.record : undefined;
    const picked = expression === undefined ? rounded : await valueOf(expression, rounded, bindings);
    const record = picked === FAILED ? undefined : oneRecord(picked, rounded);
    const isRecord = typeof record === 'object';
    const missing = expression === undefined ? [] : missingNames(expression.root, rounded);
    return {
      shape: shapeLines(rounded, exact, showsValues),
      decision: await decide(bindings),
      record: { found: foundName(picked), missing },
      matches: counted,
      ...(isRecord ? await this.inspectRecord(record, bindings) : { customerId: undefined, fields: [] }),
    };
  }

  private async inspectRecord(record: object, bindings: Bindings): Promise<Pick<Inspection, 'customerId' | 'fields'>> {
    const find = (source: Expression): Promise<Finding> => findingOf(source, record, bindings);
    return {
      customerId: this.customerId && (await find(this.customerId)),
      fields: await Promise.all(this.fields.map(find)),
    };
  }
}

const FAILED: unique symbol = Symbol('the expression fails');

function withoutMembers({ kind, value }: Exclude<AnswerBody, StructuredBody>, decision: Decision): Inspection {
  const type = value === undefined ? kind : `${kind} of ${value.length} characters`;
  const record = { found: 'nothing', missing: [] };
  return { shape: [{ name: '$', type }], decision, record, matches: 0, customerId: undefined, fields: [] };
}

async function findingOf(expression: Expression, record: unknown, bindings: Bindings): Promise<Finding> {
  const value = await valueOf(expression, record, bindings);
  // An expression may yield a value although it lacks a name: `accountTeir = "Gold" ? "y" : "n"`.
  return { found: foundName(value), missing: missingNames(expression.root, record) };
}

function foundName(value: unknown): string {
  return value === FAILED ? 'error' : typeName(value);
}

function valueOf(expression: Expression, input: unknown, bindings: Bindings): Promise<unknown> {
  return expression.evaluate(input, bindings).catch(() => FAILED);
}
