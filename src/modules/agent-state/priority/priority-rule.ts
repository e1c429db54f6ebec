import type { PriorityConfig } from '../../../config/sections/agents.js';
import { evaluationsOf } from '../../../expressions/expression-cost.js';
import { Expression } from '../../../expressions/expression.js';
import { sizeOf } from '../../../expressions/value-size.js';
import type { RuleRecord } from '../store/rule-scores.js';
import {
  allowedScore,
  calendarOf,
  skillLevelOf,
  tenureYearsOf,
  weightedScore,
  type Merits,
} from './priority-arithmetic.js';

/**
 * The most evaluations of one expression, as for webhooks: the expression stops the answers of
 * callers for 14 ms at most. A usual expression takes 24 to 62 µs (Node 24, loop of 5,000, an agent
 * with 100 skills).
 */
const MAX_EVALUATIONS = 10_000;
const TENURE = /\btenureYears\b/;

/** Whether the score depends on the date of hire. */
export function needsHireDate({ expression, tenure = 0 }: PriorityConfig): boolean {
  return expression === undefined ? tenure > 0 : TENURE.test(expression);
}

/** The agent and the queue whose score is computed. */
export interface Scored {
  readonly agentId: string;
  readonly queueId: string;
  /** The empty string if no report of the agent is stored. */
  readonly platform: string;
}

/** The rule of `agents.priority`: computes the priority score of an agent in a queue. */
export class PriorityRule {
  /** Whether the score depends on more than the weighted numbers. */
  readonly isExpression: boolean;
  private readonly expression: Expression | undefined;
  private readonly dayOf: (atMs: number) => string;

  constructor(private readonly config: PriorityConfig) {
    const { expression, timeZone } = config;
    this.expression = expression === undefined ? undefined : new Expression(expression, false);
    this.isExpression = expression !== undefined;
    this.dayOf = calendarOf(timeZone);
  }

  /** The day of a moment in the time zone of the rule, `YYYY-MM-DD`. */
  day(atMs: number): string {
    return this.dayOf(atMs);
  }

  /** @returns `undefined` if the expression fails, costs too much, or yields no number */
  async score({ skills, hiredOn, callsToday }: RuleRecord, day: string, scored: Scored): Promise<number | undefined> {
    const merits = { skillLevel: skillLevelOf(skills), tenureYears: tenureYearsOf(hiredOn, day), callsToday };
    if (this.expression === undefined) return weightedScore(this.config, merits);
    return this.evaluate(this.expression, { ...scored, skills: Object.fromEntries(skills), ...merits });
  }

  private async evaluate(
    expression: Expression,
    record: Scored & Merits & { readonly skills: Readonly<Record<string, number>> },
  ): Promise<number | undefined> {
    const size = sizeOf(record, MAX_EVALUATIONS);
    if (evaluationsOf(expression.cost ?? [Infinity], size) > MAX_EVALUATIONS) return undefined;
    const score = await expression.evaluate(record, { matches: undefined }).catch(() => undefined);
    return typeof score === 'number' && Number.isFinite(score) ? allowedScore(score) : undefined;
  }
}
