/** The rules by which an answer is a failure or "not found". Runs in worker threads too. */
import { verdictOf, type AnswerBody, type Verdict } from '../../../../origins/http/answer-body.ts';
import { ExactRecord } from '../../../../expressions/exact-record.ts';
import type { Bindings, Expression } from '../../../../expressions/expression.ts';

/** An answer with its parsed body. */
export interface AnswerToJudge {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
}

/** The rules that a lookup declares. `undefined` means the rule for every lookup. */
export interface AnswerRules {
  readonly failWhen: Expression | undefined;
  readonly notFoundWhen: Expression | undefined;
}

/**
 * The value of `failWhen` for an answer by which the origin asks for fewer calls, with another
 * status than 429.
 */
const RATE_LIMITED = 'rate_limited';

export async function decide(
  { failWhen, notFoundWhen }: AnswerRules,
  { status, headers, body }: AnswerToJudge,
  bindings: Bindings,
): Promise<Verdict> {
  const usual = verdictOf(status, headers['content-type'] ?? '', body);
  const rounded = 'rounded' in body ? body.rounded : body.value;
  const inputWith = (content: unknown): object => ({ status, headers, body: content });
  const input = body.value === rounded ? inputWith(rounded) : ExactRecord.of(inputWith(body.value), inputWith(rounded));
  try {
    const failure = failureIn(await failWhen?.evaluate(input, bindings));
    if (failure !== undefined) return failure;
    if (notFoundWhen === undefined) return usual;
    if (isTrue(await notFoundWhen.evaluate(input, bindings))) return 'not-found';
  } catch {
    return 'rule_failed';
  }
  // If the lookup declares `notFoundWhen`, a 404 or 410 that does not match it is a failure.
  return usual === 'not-found' && (status === 404 || status === 410) ? 'status' : usual;
}

/** Why the answer is a failure, from the value of `failWhen`. */
export function failureIn(value: unknown): Verdict | undefined {
  if (value === RATE_LIMITED) return RATE_LIMITED;
  return isTrue(value) ? 'fail_when' : undefined;
}

/**
 * Whether a value of an expression counts as true. As JSONata's `$boolean`: empty text, empty lists
 * and objects, 0, null and nothing are false.
 */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isTrue);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
