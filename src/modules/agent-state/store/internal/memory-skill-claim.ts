import type { SkillRequirement, Wanted } from '../../../../contracts/skills.js';
import { MAX_BEST_CANDIDATES, MAX_INTERACTION_AGE_MS, type SkillMatch } from '../skill-claims.js';
import type { MemoryAgent } from './memory-agent.js';

/** Answers questions about agents and their skills. */
export interface SkillTable {
  meets(agentId: string, requirements: readonly SkillRequirement[]): boolean;
  sum(agentId: string, requirements: readonly SkillRequirement[]): number;
}

/** The agent of a claim. Without skills, a claim has no `match`. */
export interface Chosen {
  readonly agent: MemoryAgent;
  readonly match?: SkillMatch;
}

interface Candidate {
  readonly agent: MemoryAgent;
  readonly priorityScore: number;
}

/**
 * Chooses the agent of a claim by skill.
 *
 * @param preferred the preferred agents that can be claimed, first choice first
 * @param free the agents that can be claimed, in the order of the queue. The function takes no more
 *   than it needs
 */
export function chooseBySkill(
  { evaluation, requirements }: Wanted,
  skills: SkillTable,
  preferred: Iterable<Candidate>,
  free: Iterable<Candidate>,
  nowMs: number,
): Chosen | undefined {
  const isMatching = ({ id }: MemoryAgent): boolean => evaluation === 'disregard' || skills.meets(id, requirements);
  const matched = (agent: MemoryAgent, matchedBy: SkillMatch['matchedBy']) => ({
    agent,
    match: { matchedBy, score: skills.sum(agent.id, requirements) },
  });
  for (const { agent } of preferred) if (isMatching(agent)) return matched(agent, 'preferred');
  const candidates: (Candidate & { readonly sum: number; readonly lastMs: number })[] = [];
  for (const { agent, priorityScore } of free) {
    if (!isMatching(agent)) continue;
    if (evaluation !== 'best') return matched(agent, evaluation);
    const lastMs = agent.lastInteractionMs > nowMs - MAX_INTERACTION_AGE_MS ? agent.lastInteractionMs : 0;
    candidates.push({ agent, priorityScore, sum: skills.sum(agent.id, requirements), lastMs });
    if (candidates.length >= MAX_BEST_CANDIDATES) break;
  }
  // The sort is stable: of equal agents, the order of the queue decides.
  candidates.sort(
    (one, other) => other.sum - one.sum || one.priorityScore - other.priorityScore || one.lastMs - other.lastMs,
  );
  const [best] = candidates;
  return best === undefined ? undefined : matched(best.agent, 'best');
}

/** Whether no member of the queue has all required skills, free or not. */
export function isLackingSkills(wanted: Wanted | undefined, skills: SkillTable, members: Iterable<string>): boolean {
  if (wanted === undefined || wanted.evaluation === 'disregard' || wanted.requirements.length === 0) return false;
  for (const agentId of members) if (skills.meets(agentId, wanted.requirements)) return false;
  return true;
}
