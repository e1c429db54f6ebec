import type { AgentRegistry, Agent } from '../agents/agent-registry.js';
import { skillName } from '../agents/routing-catalog.js';

/** Skill 1007 is queue 7, and skill 2003 is skill 3. CXone has no other queues than its skills. */
const QUEUE_SKILLS = 1000;
const SKILL_SKILLS = 2000;
/** The proficiency in a queue: the middle of 1, the best, and 20. */
const QUEUE_PROFICIENCY = 10;

/** A skill assignment of an agent. CXone knows it as active or inactive. */
export interface Assignment {
  readonly agent: Agent;
  readonly skillId: number;
  readonly skillName: string;
  /** 1, the best, to 20. */
  readonly proficiency: number;
  readonly isActive: boolean;
  readonly changedMs: number;
}

/** @returns `undefined` if the agent does not exist */
export function assignmentsOf(agents: AgentRegistry, n: number): Assignment[] | undefined {
  const agent = agents.byNumber(n);
  if (agent === undefined) return undefined;
  const { queues, skills, changedMs } = agents.assignments.of(n);
  return [
    ...[...queues].map(([queue, isActive]) => ({
      ...{ agent, skillId: QUEUE_SKILLS + queue, skillName: `Queue ${queue}` },
      ...{ proficiency: QUEUE_PROFICIENCY, isActive, changedMs },
    })),
    ...[...skills].map(([skill, proficiency]) => ({
      ...{ agent, skillId: SKILL_SKILLS + skill, skillName: skillName(skill) },
      ...{ proficiency: cxoneProficiency(proficiency), isActive: true, changedMs },
    })),
  ];
}

export function allAssignments(agents: AgentRegistry): Assignment[] {
  return agents.all().flatMap(({ n }) => assignmentsOf(agents, n) ?? []);
}

/**
 * An assignment in the shape of `agentSkillAssignments`
 * (calljacob/nice-cxone-api, src/services/admin/AdminAgentsService.ts @28a1bd4b, generated from the
 * official OpenAPI document).
 */
export function assignmentEntity({ agent, skillId, skillName: name, ...assignment }: Assignment): object {
  return {
    agentId: agent.n,
    agentName: `Agent ${agent.n}`,
    firstName: 'Agent',
    lastName: String(agent.n),
    teamId: 3,
    teamName: 'Sandbox',
    skillId,
    skillName: name,
    agentProficiencyValue: assignment.proficiency,
    agentProficiencyName: `Level ${assignment.proficiency}`,
    isActive: assignment.isActive,
    isSkillActive: true,
    isAgentActive: agent.state === 'active',
    isOutbound: false,
    mediaTypeId: 4,
    mediaTypeName: 'Phone Call',
    lastUpdateTime: new Date(assignment.changedMs).toISOString(),
  };
}

/** The proficiencies 5 to 0 become 1 to 20, the whole numbers that CXone has. */
function cxoneProficiency(proficiency: number): number {
  return Math.round(20 - (proficiency * 19) / 5);
}
