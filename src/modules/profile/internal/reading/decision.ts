/** Which rule decides what an answer means. Runs in worker threads too. */
import { ExactRecord } from '../../../../expressions/exact-record.ts';
import type { Bindings, Expression } from '../../../../expressions/expression.ts';
import { verdictOf } from '../../../../origins/http/answer-body.ts';
import { failureIn, isTrue, type AnswerRules, type AnswerToJudge } from './answer-rules.ts';
import { missingNames, type MissingName } from './missing-names.ts';

/** A rule that the lookup declares, and its result for one answer. */
interface RuleResult {
  readonly rule: 'failWhen' | 'notFoundWhen';
  readonly expression: string;
  readonly result: 'true' | 'false' | 'error';
  /** Names of the expression that the answer lacks. */
  readonly missing: readonly MissingName[];
}

/**
 * Which rule decides.
 *
 * - `failWhen`, `notFoundWhen`: the rule of the lookup is true, or fails.
 * - `status`: the status of the answer.
 * - `body`: the body is no JSON and no XML, or there is none.
 * - `record`: the record, or that there is none.
 */
export interface Decision {
  readonly by: 'failWhen' | 'notFoundWhen' | 'status' | 'body' | 'record';
  readonly rules: readonly RuleResult[];
}

/** @param sources the declared texts of the rules */
export async function decisionOn(
  answer: AnswerToJudge,
  { failWhen, notFoundWhen }: AnswerRules,
  sources: { readonly failWhen: string | undefined; readonly notFoundWhen: string | undefined },
  bindings: Bindings,
): Promise<Decision> {
  const { status, headers, body } = answer;
  const rounded = { status, headers, body: 'rounded' in body ? body.rounded : body.value };
  const input = ExactRecord.of({ status, headers, body: body.value }, rounded);
  const rules: RuleResult[] = [];
  const judge = async (rule: RuleResult['rule'], expression: Expression | undefined): Promise<boolean> => {
    if (expression === undefined) return false;
    const isMet = (value: unknown): boolean => (rule === 'failWhen' ? failureIn(value) !== undefined : isTrue(value));
    const result = await expression.evaluate(input, bindings).then(isMet, () => 'error' as const);
    const missing = missingNames(expression.root, rounded);
    rules.push({
      rule,
      expression: sources[rule] ?? '',
      result: result === 'error' ? result : result ? 'true' : 'false',
      missing,
    });
    return result !== false;
  };
  const fails = await judge('failWhen', failWhen);
  const isMissing = await judge('notFoundWhen', notFoundWhen);
  if (fails) return { by: 'failWhen', rules };
  if (isMissing) return { by: 'notFoundWhen', rules };
  if (verdictOf(status, headers['content-type'] ?? '', body) === 'answer') return { by: 'record', rules };
  const isSuccess = status >= 200 && status < 300 && status !== 204;
  return { by: isSuccess ? 'body' : 'status', rules };
}
