import type { WebhookConfig } from '../../../config/sections/webhooks.js';
import { Expression } from '../../../expressions/expression.ts';
import { nodesOf } from '../../../expressions/syntax-nodes.ts';
import { evaluationsOf } from '../../../expressions/expression-cost.ts';
import { fanOutOf } from '../../../expressions/fan-out.js';
import { sizeOf } from '../../../expressions/value-size.ts';
import { HttpProblem } from '../../../kernel/errors.js';

/**
 * The most evaluations of one expression. An evaluation takes 0.2 to 1.4 µs (Node 24, 2 vCPU). So
 * an expression stops the answers of other callers for 14 ms at most.
 */
const MAX_EVALUATIONS = 10_000;
/** The most evaluations of all expressions for one request. */
const MAX_OF_REQUEST = 200_000;

/** Functions whose time grows with the objects in their input. `&` is the function behind `&`. */
const READS_OBJECTS: ReadonlySet<unknown> = new Set(['string', '&']);

/** The headers that the expressions of one request read, and the evaluations that they may take. */
export class EvaluationScope {
  private left = MAX_OF_REQUEST;

  constructor(readonly headers: Readonly<Record<string, unknown>>) {}

  /** @throws {HttpProblem} 400 if the expressions of the request cost too much */
  spend(key: string, evaluations: number): void {
    this.left -= evaluations;
    if (evaluations <= MAX_EVALUATIONS && this.left >= 0) return;
    throw new HttpProblem('invalid_event', 400, `the event is too large for the expression \`${key}\` of the webhook`);
  }
}

/** An expression of a declared webhook. */
export class WebhookExpression {
  private readonly expression: Expression;
  private readonly readsObjects: boolean;

  /** @param key the key of the expression in the declaration, for messages */
  constructor(
    private readonly key: string,
    source: string,
  ) {
    this.expression = new Expression(source, false);
    this.readsObjects = [...nodesOf(this.expression.root)].some(
      ({ type, value }) => type === 'variable' && READS_OBJECTS.has(value),
    );
  }

  static of(key: 'list' | 'when' | 'tenant' | 'eventId', config: WebhookConfig): WebhookExpression | undefined {
    const source = config[key];
    return source === undefined ? undefined : new WebhookExpression(key, source);
  }

  /** @throws {HttpProblem} 400 if the expression fails, or would cost too much */
  async evaluate(event: unknown, scope: EvaluationScope): Promise<unknown> {
    const measure = this.readsObjects ? sizeOf : fanOutOf;
    const size = measure([event, scope.headers], MAX_EVALUATIONS);
    scope.spend(this.key, evaluationsOf(this.expression.cost ?? [Infinity], size));
    try {
      return await this.expression.evaluate(event, { matches: undefined, headers: scope.headers });
    } catch {
      // JSONata's message quotes the data.
      throw this.refusal('fails on the event');
    }
  }

  /**
   * Evaluates to texts. A number means its digits, and nothing means no text.
   *
   * @throws {HttpProblem} 400 for a value of another type, and for blank or long text
   */
  async evaluateTexts(event: unknown, scope: EvaluationScope, maxLength: number): Promise<readonly string[]> {
    const found = await this.evaluate(event, scope);
    const values = ([found] as unknown[]).flat().filter((value) => value !== undefined && value !== null);
    return values.map((value) => {
      const text = typeof value === 'number' ? String(value) : value;
      if (typeof text !== 'string') throw this.refusal('must yield texts or numbers');
      if (text.trim() === '' || text.length > maxLength)
        throw this.refusal(`must yield texts of 1 to ${maxLength} characters`);
      return text;
    });
  }

  /** @throws {HttpProblem} 400 for several texts, and as `evaluateTexts` does */
  async evaluateText(event: unknown, scope: EvaluationScope, maxLength: number): Promise<string | undefined> {
    const [text, ...others] = await this.evaluateTexts(event, scope, maxLength);
    if (others.length > 0) throw this.refusal('must yield one value');
    return text;
  }

  refusal(what: string): HttpProblem {
    return new HttpProblem('invalid_event', 400, `the expression \`${this.key}\` of the webhook ${what}`);
  }
}
