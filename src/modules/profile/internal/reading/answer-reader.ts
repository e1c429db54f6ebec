/** Reads an answer of an origin as a lookup declares it. Runs in worker threads too. */
import type { FieldConfig } from '../../../../config/sections/lookups/lookup-config.js';
import type { UnusableAnswer } from '../../../../kernel/errors.js';
import type { AnswerBody, StructuredBody } from '../../../../origins/http/answer-body.ts';
import { decide, type AnswerRules, type AnswerToJudge } from './answer-rules.ts';
import { ExactRecord, roundedPart } from '../../../../expressions/exact-record.ts';
import { Expression, type Bindings } from '../../../../expressions/expression.ts';
import { evaluationsOf, plus, type Cost } from '../../../../expressions/expression-cost.ts';
import { columnValue, fieldValue, type FieldReading } from './field-value.ts';
import { countedExpression, countOf, readsMatches } from './matches.ts';
import { oneRecord } from './one-record.ts';
import { fieldIn, idIn, type PlannedExpression } from './record-values.ts';
import { reportsError, reportsErrorInXml } from './reported-error.ts';
import { sizeOf } from '../../../../expressions/value-size.ts';

/** The expressions of a lookup, in a form that can be sent to a thread. */
export interface ReadingPlan {
  readonly lookup: string;
  readonly failWhen: string | undefined;
  readonly notFoundWhen: string | undefined;
  readonly record: string | undefined;
  /**
   * Whether the answer is the rows of a database. Then a column `error` is data, and a field of
   * type `string` holds a whole number as text.
   */
  readonly ofRows: boolean;
  readonly follow: string | undefined;
  readonly customerId: string | undefined;
  readonly fields: readonly PlannedField[];
}

interface PlannedField {
  readonly type: FieldConfig['type'];
  readonly from: string;
}

export interface AnswerToRead extends AnswerToJudge {
  /**
   * Set if the answer is the record that replaces another record. Then the whole answer is the
   * record, and it is not replaced again.
   */
  readonly successorOf: Replaced | undefined;
}

/** The content of an answer, as the lookup reads it. */
export type Reading =
  | { readonly kind: 'failed'; readonly reason: UnusableAnswer }
  | { readonly kind: 'not-found' }
  | Replaced
  /** The fields are in the order of the plan. */
  | { readonly kind: 'record'; readonly fields: readonly FieldReading[]; readonly customerId: string | undefined };

/** A record that names another record that replaces it. */
export interface Replaced {
  readonly kind: 'replaced';
  readonly id: string;
  /** As in `Bindings`. */
  readonly matches: number | undefined;
}

/** A reading that would cost more evaluations than it may. */
export const TOO_COSTLY: unique symbol = Symbol('too costly');

/**
 * Reads the answers of one lookup: is it a failure, which record does it hold, and what are the
 * fields of the record.
 *
 * Guarantees: a reading names one record, or none, or the reason why the answer cannot be used. A
 * reading never mixes two records. A failure names no data of the answer.
 */
export class AnswerReader {
  private readonly rules: AnswerRules;
  /** Whether members such as `error` make an answer a failure. */
  private readonly judgesErrors: boolean;
  private readonly valueOf: typeof fieldValue;
  private readonly record: Expression | undefined;
  private readonly follow: Expression | undefined;
  private readonly customerId: Expression | undefined;
  private readonly fields: readonly PlannedExpression[];
  /** Counts the records for `$matches`. `undefined` means that no expression reads it. */
  private readonly counted: Expression | undefined;
  private readonly answerCost: Cost | undefined;
  private readonly recordCost: Cost | undefined;

  /** @param limitsItems as for `Expression` */
  constructor(plan: ReadingPlan, limitsItems: boolean) {
    const compile = (source: string): Expression => new Expression(source, limitsItems);
    const optional = (source: string | undefined): Expression | undefined =>
      source === undefined ? undefined : compile(source);
    this.judgesErrors = !plan.ofRows && plan.failWhen === undefined;
    this.valueOf = plan.ofRows ? columnValue : fieldValue;
    this.rules = { failWhen: optional(plan.failWhen), notFoundWhen: optional(plan.notFoundWhen) };
    this.record = optional(plan.record);
    this.follow = optional(plan.follow);
    this.customerId = optional(plan.customerId);
    this.fields = plan.fields.map(({ type, from }) => ({ type, from: compile(from) }));
    const ofAnswer = [this.rules.failWhen, this.rules.notFoundWhen, this.record].filter(isPresent);
    const ofRecord = [this.follow, this.customerId, ...this.fields.map(({ from }) => from)].filter(isPresent);
    const counts = [...ofAnswer, ...ofRecord].some(({ root }) => readsMatches(root));
    this.counted = counts ? countedExpression(plan.record ?? '$', limitsItems) : undefined;
    this.answerCost = costOfAll([...ofAnswer, this.counted].filter(isPresent));
    this.recordCost = costOfAll(ofRecord);
  }

  /** Whether the cost of a reading is known. A small answer is then certain to be read quickly. */
  get isBounded(): boolean {
    return this.answerCost !== undefined && this.recordCost !== undefined;
  }

  /**
   * @param maxEvaluations above this cost nothing is evaluated; `Infinity` where the evaluation can
   *   be ended from outside
   */
  async read(answer: AnswerToRead, maxEvaluations: number): Promise<Reading | typeof TOO_COSTLY> {
    const { body, headers, successorOf } = answer;
    if (isTooCostly(this.answerCost, [body.value, headers], maxEvaluations)) return TOO_COSTLY;
    const bindings: Bindings = { matches: successorOf ? successorOf.matches : await this.matchesIn(body) };
    const verdict = await decide(this.rules, answer, bindings);
    if (verdict === 'not-found') return NOT_FOUND;
    if (!('rounded' in body) || verdict !== 'answer') return failed(verdict === 'answer' ? 'not_json' : verdict);
    const record = successorOf === undefined ? this.record : undefined;
    const picked = await this.pick(body, record, bindings);
    if (picked === undefined) return NOT_FOUND;
    if (typeof picked === 'string') return failed(picked);
    if (isTooCostly(this.recordCost, picked, maxEvaluations)) return TOO_COSTLY;
    return this.project(picked, successorOf === undefined ? this.follow : undefined, bindings);
  }

  private async matchesIn(body: AnswerBody): Promise<number | undefined> {
    if (this.counted === undefined || !('rounded' in body)) return undefined;
    return this.counted.evaluate(body.rounded, { matches: undefined }).then(countOf, () => undefined);
  }

  /**
   * The one record of the answer, or why it cannot be used. `undefined` means no record.
   *
   * @param expression `undefined` means that the whole answer is the record
   */
  private async pick(
    { kind, value, rounded }: StructuredBody,
    expression: Expression | undefined,
    bindings: Bindings,
  ): Promise<object | UnusableAnswer | undefined> {
    const body = ExactRecord.of(value, rounded);
    if (this.judgesErrors && (kind === 'xml' ? reportsErrorInXml : reportsError)(rounded)) return 'reported_error';
    try {
      const found = expression === undefined ? body : await expression.select(body, bindings);
      const record = oneRecord(found, rounded);
      const isError = this.judgesErrors && typeof record === 'object' && reportsError(roundedPart(record));
      return isError ? 'reported_error' : record;
    } catch {
      // JSONata's message quotes the data.
      return 'record_failed';
    }
  }

  private async project(record: object, follow: Expression | undefined, bindings: Bindings): Promise<Reading> {
    const id = follow && (await idIn(record, follow, bindings));
    if (id !== undefined) return { kind: 'replaced', id, ...bindings };
    const fields: FieldReading[] = [];
    for (const field of this.fields) fields.push(await fieldIn(record, field, bindings, this.valueOf));
    const customerId = this.customerId && (await idIn(record, this.customerId, bindings));
    return { kind: 'record', fields, customerId };
  }
}

const NOT_FOUND: Reading = { kind: 'not-found' };

function failed(reason: UnusableAnswer): Reading {
  return { kind: 'failed', reason };
}

function costOfAll(expressions: readonly Expression[]): Cost | undefined {
  const costs = expressions.map(({ cost }) => cost);
  return costs.every(isPresent) ? plus(...costs) : undefined;
}

function isTooCostly(cost: Cost | undefined, input: unknown, maxEvaluations: number): boolean {
  if (maxEvaluations === Number.POSITIVE_INFINITY) return false;
  return cost === undefined || evaluationsOf(cost, sizeOf(input, maxEvaluations)) > maxEvaluations;
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
