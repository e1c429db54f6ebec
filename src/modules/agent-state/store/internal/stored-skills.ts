import { MAX_PROFICIENCY, type Skills } from '../../../../contracts/skills.js';
import type { RecordSource } from '../skill-claims.js';

/** The skills of an agent from one source. */
interface SkillSet {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly skills: Skills;
}

/** A set per source; `undefined` means the source never had skills of the agent. */
export type StoredSkills = Readonly<Record<RecordSource, SkillSet | undefined>>;

/** Digits of a time. */
const TIME_DIGITS = 13;

/**
 * Reads the skills of an agent as `index.lua` describes them.
 *
 * @param text the empty string means that none are stored
 */
export function parseSkills(text: string): StoredSkills {
  const [declared = '', read = ''] = text.split('|');
  return { declared: parseSet(declared), read: parseSet(read) };
}

/** An empty set is stored, too: its time refuses an older change. */
export function skillsText({ declared, read }: StoredSkills): string {
  return `${setText(declared)}|${setText(read)}`;
}

/** The skills of both sources. A declared proficiency counts before a read one. */
export function effectiveSkills({ declared, read }: StoredSkills): Map<string, number> {
  return new Map([...(read?.skills ?? []), ...(declared?.skills ?? [])]);
}

export function areEqual(left: Skills, right: Skills): boolean {
  return left.size === right.size && [...left].every(([name, level]) => right.get(name) === level);
}

/** The changes of bitmaps. There is one bitmap per skill and whole level. */
export interface SkillDifference {
  readonly lost: readonly string[];
  readonly got: readonly string[];
  /** Bitmaps whose bit changes, without those of the lost skills. */
  readonly bits: readonly { readonly skill: string; readonly level: number; readonly bit: 0 | 1 }[];
}

export function skillDifference(before: Skills, after: Skills): SkillDifference {
  const lost = [...before.keys()].filter((skill) => !after.has(skill));
  const got = [...after.keys()].filter((skill) => !before.has(skill));
  const bits = [...after].flatMap(([skill, proficiency]) => {
    const [from, to] = [levelOf(before.get(skill)), levelOf(proficiency)];
    const levels = Array.from({ length: MAX_PROFICIENCY + 1 }, (_, level) => level);
    return levels
      .filter((level) => level <= from !== level <= to)
      .map((level) => ({ skill, level, bit: level <= to ? (1 as const) : (0 as const) }));
  });
  return { lost, got, bits };
}

/** The greatest whole level; -1 without the skill. */
function levelOf(proficiency: number | undefined): number {
  return proficiency === undefined ? -1 : Math.floor(proficiency);
}

function parseSet(text: string): SkillSet | undefined {
  if (text === '') return undefined;
  const pairs = text.split(';').slice(1, -1);
  const skills = pairs.map((pair): [string, number] => {
    const [name = '', level = '0'] = pair.split('=');
    return [name, Number(level)];
  });
  return { atMs: Number(text.slice(0, TIME_DIGITS)), skills: new Map(skills) };
}

function setText(set: SkillSet | undefined): string {
  if (set === undefined) return '';
  const pairs = [...set.skills].map(([name, level]) => `${name}=${level};`);
  return `${String(Math.max(0, Math.trunc(set.atMs))).padStart(TIME_DIGITS, '0')};${pairs.join('')}`;
}
