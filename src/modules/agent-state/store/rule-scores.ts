import type { Skills } from '../../../contracts/skills.js';
import type { RecordSource } from './skill-claims.js';

/**
 * The score of a new membership without a declared score, until the rule has computed one. The
 * arithmetic of the weights starts from the same number.
 */
export const NEUTRAL_SCORE = 500;

/**
 * The source of a join. In the two `…-by-rule` cases, the membership gets the score of
 * `agents.priority`: the given score counts only until the rule has set one. `declared-by-rule`:
 * a caller declares the membership without a score. `read-by-rule`: the platform has it.
 */
export type JoinSource = RecordSource | 'declared-by-rule' | 'read-by-rule';

/** The facts about an agent that the rule computes from, and the scores that it has set. */
export interface RuleRecord {
  /** Changes with the skills, the date of hire and the calls. */
  readonly version: readonly [skills: string, hiredOn: string, calls: string];
  readonly skills: Skills;
  /** `YYYY-MM-DD`; `undefined` means unknown. */
  readonly hiredOn: string | undefined;
  /** Confirmed calls of the day that the question named. */
  readonly callsToday: number;
  /** The queues that have a score of the rule, and that score. */
  readonly scores: ReadonlyMap<string, number>;
}

/** The scores that the rule gives to an agent. */
export interface RuleScores {
  readonly tenant: string;
  readonly agentId: string;
  /** Of the record that the scores were computed from. */
  readonly version: RuleRecord['version'];
  /** By queue. Queues that are not named, or that the agent has left, do not change. */
  readonly scores: ReadonlyMap<string, number>;
}

/** A part of the agents of a tenant with a queue or a skill. */
export interface AgentSlice {
  readonly agentIds: readonly string[];
  /** Where the next part begins; `undefined` means that this was the last part. */
  readonly next: number | undefined;
}

/** The source that a join changes. */
export function sourceOf(source: JoinSource): RecordSource {
  return source === 'read' || source === 'read-by-rule' ? 'read' : 'declared';
}

/** The calls of this day. `text` is `<day> <calls>`; the empty string means no call. */
export function callsOn(text: string, day: string): number {
  const [storedDay, calls] = text.split(' ');
  return storedDay === day ? Number(calls) : 0;
}
