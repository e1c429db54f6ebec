import type { MatchedBy, Skills } from '../../../contracts/skills.js';

/** Evaluation `best` compares this many agents at most: the first matching ones of the queue. */
export const MAX_BEST_CANDIDATES = 100;
/** Evaluation `best` looks this far back for the last interaction, milliseconds. */
export const MAX_INTERACTION_AGE_MS = 604_800_000;

/** The reason why a claim by skill chose its agent. A repeated claim has the same. */
export interface SkillMatch {
  readonly matchedBy: MatchedBy;
  /** Sum of the agent's proficiencies in the required skills; two decimal places. */
  readonly score: number;
}

/** How long the end of a read membership refuses an older join, milliseconds. */
export const LEFT_REMEMBERED_MS = 600_000;

/**
 * Where a membership or a skill comes from. `declared`: a caller of the HTTP interface. `read`: the
 * platform, by a reading or an event. A change of one source never changes the other source.
 */
export type RecordSource = 'declared' | 'read';

/** All skills of an agent from one source. Skills that are not named are deleted. */
export interface SkillsChange {
  readonly tenant: string;
  readonly agentId: string;
  readonly source: RecordSource;
  /** At most `MAX_SKILLS_PER_AGENT`. */
  readonly skills: Skills;
  /** Unix milliseconds: the start of a reading, or the time of an event or of a declaration. */
  readonly atMs: number;
}

export interface SkillsResult {
  /**
   * `unchanged`: the stored skills of this source are the same; their time is now the new one.
   * `older`: the stored skills of this source are newer. `too-many-skills`: the agent would have
   * too many skills of this source, or the tenant too many names; only of a declaration.
   * `too-many-agents`: the agent is new, and the tenant has `MAX_AGENTS_PER_TENANT` with skills.
   * `store-full`: the store's memory is nearly full.
   */
  readonly outcome: 'applied' | 'unchanged' | 'older' | 'too-many-skills' | 'too-many-agents' | 'store-full';
  /** Skills of a reading that exceed a limit and are not stored. The first ones are stored. */
  readonly dropped: number;
}

/**
 * `left`: the agent is no member any more. `kept`: the membership of this source ended, and the
 * other source still has the agent in the queue. `none`: this source had no membership. `older`:
 * the stored read membership is newer.
 */
export type LeaveResult = 'left' | 'kept' | 'none' | 'older';

/**
 * Numbers of the members of a queue. Each member counts in one of the first four. A locked agent is
 * busy. Of the others, an agent without a stored report is offline. An agent without a report for
 * `agentTtlMs` is stale. The status of a report decides for the rest.
 */
export interface Availability {
  readonly available: number;
  readonly busy: number;
  readonly offline: number;
  readonly stale: number;
  /** Available members that have the required skills; without requirements as `available`. */
  readonly withSkills: number;
  /**
   * Milliseconds until the first lock of a member expires; -1 if no member has a lock. Redis looks
   * only at the 512 locks of the tenant that expire first, so it may return -1 with more locks.
   */
  readonly firstFreeInMs: number;
  /** Number of expired locks that this count ended. */
  readonly expired: number;
}
