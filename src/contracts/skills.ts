/**
 * Proficiencies by normalized skill name, each 0 to 5 with two decimals. Languages are skills, too.
 */
export type Skills = ReadonlyMap<string, number>;

export interface SkillRequirement {
  /** A normalized name. A claim names each skill once. */
  readonly skill: string;
  /** The lowest proficiency that fulfils the requirement; 0 means that any proficiency does. */
  readonly minimum: number;
}

/** The words of `evaluation`. */
export const EVALUATIONS = ['all', 'best', 'disregard'] as const;

/**
 * How a claim chooses among the free agents of a queue.
 *
 * - `all`: an agent who has every required skill; the order of the queue decides.
 * - `best`: an agent who has every required skill; the greatest sum of proficiencies first.
 * - `disregard`: any agent; the order of the queue decides.
 */
export type Evaluation = (typeof EVALUATIONS)[number];

/** The rule that decided a claim by skill. `preferred`: the request named this agent. */
export type MatchedBy = Evaluation | 'preferred';

/** The agent that a call wants. */
export interface Wanted {
  readonly evaluation: Evaluation;
  /** At most `MAX_REQUIREMENTS`, without the relaxed ones. */
  readonly requirements: readonly SkillRequirement[];
  /** Ids of agents, at most `MAX_PREFERRED`, the first choice first. */
  readonly preferred: readonly string[];
}

export const MAX_PROFICIENCY = 5;
/** The skills of one agent of one source. */
export const MAX_SKILLS_PER_AGENT = 100;
/** The different skills of all agents of a tenant. */
export const MAX_SKILLS_PER_TENANT = 1000;
export const MAX_REQUIREMENTS = 10;
export const MAX_PREFERRED = 10;
const MAX_NAME_LENGTH = 64;

/** Characters that separate values in requests and in the store, and control characters. */
const SEPARATORS = /[,:;@=|\p{Cc}]/gu;

/**
 * Makes one text of all spellings of a skill's name, so that names of platforms and of requests can
 * be compared. The text is trimmed, in lower case and NFC, and cut at 64 characters. Each separator
 * becomes `_`.
 *
 * @returns `undefined` if nothing is left of the name
 */
export function normalizeSkill(name: string): string | undefined {
  const text = name.trim().toLowerCase().normalize('NFC').replace(SEPARATORS, '_');
  const cut = Array.from(text).slice(0, MAX_NAME_LENGTH).join('').trim();
  return cut === '' ? undefined : cut;
}

/** The normalized name of a skill in a request. `undefined` if the name is empty or too long. */
export function requestedSkill(name: string): string | undefined {
  return Array.from(name.trim()).length > MAX_NAME_LENGTH ? undefined : normalizeSkill(name);
}

/**
 * Rounds down to the two decimals that the store keeps, so that no agent has more than the platform
 * says. `undefined` outside 0 to 5.
 */
export function toProficiency(value: number): number | undefined {
  return value >= 0 && value <= MAX_PROFICIENCY ? Math.floor(hundredths(value)) / 100 : undefined;
}

/** Rounds up to two decimals, so that no agent below the minimum fulfils it. */
export function toMinimum(value: number): number | undefined {
  return value >= 0 && value <= MAX_PROFICIENCY ? Math.ceil(hundredths(value)) / 100 : undefined;
}

/** 1.15 has no exact double: 115 hundredths, not 114.99999999999999. */
function hundredths(value: number): number {
  return Number((value * 100).toFixed(6));
}
