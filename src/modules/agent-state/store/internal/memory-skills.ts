import {
  MAX_SKILLS_PER_AGENT,
  MAX_SKILLS_PER_TENANT,
  type SkillRequirement,
  type Skills,
} from '../../../../contracts/skills.js';
import { MAX_AGENTS_PER_TENANT } from '../agent-store.js';
import type { RecordSource, SkillsChange, SkillsResult } from '../skill-claims.js';

interface Known {
  readonly atMs: number;
  readonly skills: Skills;
}

const NO_SKILLS: Skills = new Map();

/** The declared and the read skills of a tenant's agents. */
export class MemorySkills {
  private readonly agents = new Map<string, Partial<Record<RecordSource, Known>>>();
  /** How many agents have each skill from each source. */
  private readonly uses = new Map<string, number>();

  set(change: SkillsChange): SkillsResult {
    const known = this.agents.get(change.agentId);
    const before = known?.[change.source];
    if (before !== undefined && before.atMs > change.atMs) return { outcome: 'older', dropped: 0 };
    if (known === undefined && this.agents.size >= MAX_AGENTS_PER_TENANT)
      return { outcome: 'too-many-agents', dropped: 0 };
    return this.replace(change, known, before?.skills);
  }

  /** Both sources together. The declared proficiency of a skill counts before the read one. */
  read(agentId: string): Skills {
    const { declared, read } = this.agents.get(agentId) ?? {};
    return new Map([...(read?.skills ?? NO_SKILLS), ...(declared?.skills ?? NO_SKILLS)]);
  }

  /** The agents of which a source has said something. */
  agentIds(): Iterable<string> {
    return this.agents.keys();
  }

  /** Whether a source has said something of the agent. */
  has(agentId: string): boolean {
    return this.agents.has(agentId);
  }

  meets(agentId: string, requirements: readonly SkillRequirement[]): boolean {
    if (requirements.length === 0) return true;
    const skills = this.read(agentId);
    return requirements.every(({ skill, minimum }) => (skills.get(skill) ?? -1) >= minimum);
  }

  /** The sum of the proficiencies in these skills, two decimal places. */
  sum(agentId: string, requirements: readonly SkillRequirement[]): number {
    const skills = this.read(agentId);
    const hundredths = requirements.map(({ skill }) => Math.round((skills.get(skill) ?? 0) * 100));
    return hundredths.reduce((sum, each) => sum + each, 0) / 100;
  }

  private replace(
    { agentId, source, skills, atMs }: SkillsChange,
    known: Partial<Record<RecordSource, Known>> | undefined,
    before: Skills | undefined,
  ): SkillsResult {
    const stored = before ?? NO_SKILLS;
    this.count(stored, -1);
    const fitting = this.fitting(skills);
    const dropped = skills.size - fitting.size;
    const isRefused = dropped > 0 && source === 'declared';
    this.count(isRefused ? stored : fitting, 1);
    if (isRefused) return { outcome: 'too-many-skills', dropped: 0 };
    this.agents.set(agentId, { ...known, [source]: { atMs, skills: fitting } });
    const isUnchanged = before !== undefined && isEqual(stored, fitting);
    return { outcome: isUnchanged ? 'unchanged' : 'applied', dropped };
  }

  /** The first skills that the agent may have, and whose names the tenant may have. */
  private fitting(skills: Skills): Skills {
    const fitting = new Map<string, number>();
    let names = this.uses.size;
    for (const [skill, proficiency] of skills) {
      const isNew = !this.uses.has(skill);
      if (fitting.size >= MAX_SKILLS_PER_AGENT || (isNew && names >= MAX_SKILLS_PER_TENANT)) continue;
      if (isNew) names += 1;
      fitting.set(skill, proficiency);
    }
    return fitting;
  }

  private count(skills: Skills, change: 1 | -1): void {
    for (const skill of skills.keys()) {
      const uses = (this.uses.get(skill) ?? 0) + change;
      if (uses === 0) this.uses.delete(skill);
      else this.uses.set(skill, uses);
    }
  }
}

function isEqual(one: Skills, other: Skills): boolean {
  return one.size === other.size && [...one].every(([skill, proficiency]) => other.get(skill) === proficiency);
}
