import { AGENT_ID } from '../../../contracts/agent-ids.js';
import {
  EVALUATIONS,
  MAX_PREFERRED,
  MAX_PROFICIENCY,
  MAX_REQUIREMENTS,
  requestedSkill,
  toMinimum,
  toProficiency,
  type Evaluation,
  type SkillRequirement,
  type Wanted,
} from '../../../contracts/skills.js';
import { unsetInput } from '../../../contracts/unset-input.js';
import { HttpProblem } from '../../../kernel/errors.js';
import { parseDecimal } from '../../../kernel/parse-number.js';

/** The parameters of a claim by skill, as the request has them. An unset parameter is absent. */
export interface SkillQuery {
  readonly skills?: string;
  readonly evaluation?: string;
  readonly prefer?: string;
  readonly relax?: string;
  readonly waitedS?: string;
}

/** A claim by skill: what the call wants, and the parameters with which another region gets it. */
export interface SkillDemand {
  readonly wanted: Wanted;
  /** Begins with `&`. */
  readonly parameters: string;
}

/** The parameters that make a claim a claim by skill. */
export const SKILL_PARAMETERS = ['skills', 'evaluation', 'prefer', 'relax', 'waitedS'] as const;

/** As many characters of a word as a problem document shows. */
const SHOWN = 40;
/** A word with more digits may be a phone number, whose digits no problem document shows. */
const MAX_SHOWN_DIGITS = 4;

/**
 * Reads what a call wants of its agent.
 *
 * @returns `undefined` if the request has none of the parameters: a claim without skills
 * @throws {HttpProblem} 400 that shows the wrong word
 */
export function parseSkillDemand(query: SkillQuery): SkillDemand | undefined {
  const given = SKILL_PARAMETERS.filter((name) => query[name] !== undefined);
  if (given.length === 0) return undefined;
  const parameters = given.map((name) => `&${name}=${encodeURIComponent(query[name] ?? '')}`).join('');
  return { wanted: wantedOf(query), parameters };
}

function wantedOf({ skills, evaluation, prefer, relax, waitedS }: SkillQuery): Wanted {
  const required = parseRequirements(skills);
  const waited = waitedS === undefined ? 0 : secondsOf('waitedS', waitedS, waitedS);
  const relaxed = relaxedSkills(relax, new Set(required.map(({ skill }) => skill)), waited);
  return {
    evaluation: evaluationOf(evaluation ?? 'all'),
    requirements: required.filter(({ skill }) => !relaxed.has(skill)),
    preferred: preferredAgents(prefer),
  };
}

/**
 * Reads `spanish:3,billing`. If a skill stands twice, the higher minimum counts.
 *
 * @throws {HttpProblem} 400 that shows the wrong word
 */
export function parseRequirements(skills: string | undefined): SkillRequirement[] {
  const minimums = new Map<string, number>();
  for (const word of wordsOf(skills)) {
    const [name = '', minimum, ...rest] = word.split(':');
    const skill = rest.length > 0 ? undefined : requestedSkill(name);
    if (skill === undefined) throw refused('skills', word, 'write name or name:minimum');
    const level = minimum === undefined ? 0 : parsed(minimum, toMinimum);
    if (level === undefined) throw refused('skills', word, `a minimum is a number, 0 to ${MAX_PROFICIENCY}`);
    minimums.set(skill, Math.max(level, minimums.get(skill) ?? 0));
  }
  if (minimums.size > MAX_REQUIREMENTS) throw badRequest(`too many skills in \`skills\`; allowed: ${MAX_REQUIREMENTS}`);
  return [...minimums].map(([skill, minimum]) => ({ skill, minimum }));
}

/** @returns `undefined` for everything except a number from 0 to 5, or the digits of one */
export function parseProficiency(value: unknown): number | undefined {
  return parsed(value, toProficiency);
}

function parsed(value: unknown, rounded: (value: number) => number | undefined): number | undefined {
  const number = parseDecimal(value);
  return number === undefined ? undefined : rounded(number);
}

/** The skills of `billing@10` whose seconds have passed. */
function relaxedSkills(relax: string | undefined, required: ReadonlySet<string>, waitedS: number): Set<string> {
  const relaxed = new Set<string>();
  for (const word of wordsOf(relax)) {
    const at = word.lastIndexOf('@');
    const skill = at < 0 ? undefined : requestedSkill(word.slice(0, at));
    if (skill === undefined) throw refused('relax', word, 'write name@seconds');
    if (!required.has(skill)) throw refused('relax', word, 'the name is not in `skills`');
    if (waitedS >= secondsOf('relax', word, word.slice(at + 1))) relaxed.add(skill);
  }
  return relaxed;
}

function preferredAgents(prefer: string | undefined): string[] {
  const agents = new Set<string>();
  for (const [at, word] of wordsOf(prefer).entries()) {
    // A wrong word is not shown: it may be an address or a name.
    if (!AGENT_ID.test(word)) throw badRequest(`invalid word ${at + 1} in \`prefer\`: the word is no agent id`);
    agents.add(word);
  }
  if (agents.size > MAX_PREFERRED) throw badRequest(`too many agents in \`prefer\`; allowed: ${MAX_PREFERRED}`);
  return [...agents];
}

function evaluationOf(text: string): Evaluation {
  const evaluation = EVALUATIONS.find((word) => word === text.trim().toLowerCase());
  if (evaluation === undefined) throw refused('evaluation', text, `allowed: ${EVALUATIONS.join(', ')}`);
  return evaluation;
}

function secondsOf(parameter: keyof SkillQuery, word: string, text: string): number {
  const seconds = parseDecimal(text.trim());
  if (seconds === undefined || seconds < 0) throw refused(parameter, word, 'seconds are a number, 0 or more');
  return seconds;
}

/** Ignores empty words and placeholders: a flow fills a list from inputs, and some may be unset. */
function wordsOf(list: string | undefined): string[] {
  const words = (list ?? '').split(',').map((word) => word.trim());
  return words.filter((word) => word !== '' && unsetInput(word) === undefined);
}

function refused(parameter: keyof SkillQuery, word: string, rule: string): HttpProblem {
  return badRequest(`invalid word in \`${parameter}\`: ${shown(word)}; ${rule}`);
}

function badRequest(title: string): HttpProblem {
  return new HttpProblem('bad_request', 400, title);
}

/** The word without line breaks and without the digits of a number that may be a caller's. */
export function shown(word: string): string {
  const digits = word.replace(/\D/g, '').length;
  const masked = digits > MAX_SHOWN_DIGITS ? word.replace(/\d/g, '#') : word;
  const text = masked.replace(/\p{C}/gu, '_');
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
