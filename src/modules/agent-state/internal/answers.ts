import type { MatchedBy } from '../../../contracts/skills.js';
import type { AgentState, AgentStatus, Claim, QueuePage } from '../store/agent-store.js';
import type { Availability } from '../store/skill-claims.js';

/** Always has the same keys, and never a null: flows of the platforms depend on both. */
export interface ClaimAnswer {
  readonly agentFound: boolean;
  readonly agentId: string;
  readonly lockToken: string;
  readonly fence: number;
  readonly lockExpiresInMs: number;
  readonly queueId: string;
  readonly error: string;
  /** The region that decided. */
  readonly region: string;
  /** Only of a claim by skill. The empty string means that no rule chose an agent. */
  readonly matchedBy?: MatchedBy | '';
  /** Only of a claim by skill: the sum of the proficiencies in the required skills. */
  readonly score?: number;
}

/** The declared part of a membership, after it was deleted. */
export interface LeaveAnswer {
  /** `false` means that the membership was not declared. */
  readonly removed: boolean;
  /** `true` means that the platform lists the agent in the queue, so the agent stays a member. */
  readonly stillMember: boolean;
}

export interface AvailabilityAnswer extends Omit<Availability, 'expired'> {
  readonly queueId: string;
}

/** The skills of an agent after a declaration. */
export interface SkillsAnswer {
  /** `older` means that a newer declaration is stored, and this one was ignored. */
  readonly outcome: 'applied' | 'older';
  /** Declared and read skills together: the proficiencies that claims use. */
  readonly skills: Readonly<Record<string, number>>;
}

export interface AgentAnswer {
  readonly agentFound: boolean;
  readonly agentId: string;
  readonly status: AgentStatus;
  readonly currentCallId: string;
  readonly lastUpdated: number;
  readonly platform: string;
  readonly platformStatus: string;
  readonly region: string;
  readonly stale: boolean;
}

export interface QueueAnswer {
  readonly queueId: string;
  readonly total: number;
  readonly agents: readonly (AgentAnswer & { readonly priorityScore: number })[];
  /** Offset of the next page; -1 after the last page. */
  readonly nextOffset: number;
}

export type ClaimDecision =
  { readonly found: true; readonly claim: Claim } | { readonly found: false; readonly error: string };

/** @param isBySkill whether the request has parameters of a claim by skill */
export function claimAnswer(queueId: string, region: string, result: ClaimDecision, isBySkill: boolean): ClaimAnswer {
  const claim: Partial<Claim> = result.found ? result.claim : {};
  const { matchedBy, score, ...lock } = claim;
  const noAgent = { agentId: '', lockToken: '', fence: 0, lockExpiresInMs: 0, queueId };
  const error = result.found ? '' : result.error;
  const answer = { agentFound: result.found, ...noAgent, ...lock, error, region };
  return isBySkill ? { ...answer, matchedBy: matchedBy ?? '', score: score ?? 0 } : answer;
}

export function agentAnswer(agentId: string, state: AgentState | undefined): AgentAnswer {
  if (state === undefined) {
    const noReport = { currentCallId: '', lastUpdated: 0, platform: '', platformStatus: '', region: '', stale: false };
    return { agentFound: false, agentId, status: 'OFFLINE', ...noReport };
  }
  const { locked, status, currentCallId, lastUpdated, platform, platformStatus, region, stale } = state;
  // A locked agent cannot be claimed, even if the platform still reports the agent as available.
  const shown = locked && status === 'AVAILABLE' ? 'BUSY' : status;
  const reported = { currentCallId, lastUpdated, platform, platformStatus, region, stale };
  return { agentFound: true, agentId, status: shown, ...reported };
}

export function queueAnswer(queueId: string, { total, members }: QueuePage, offset: number): QueueAnswer {
  const agents = members.map(({ agentId, priorityScore, state }) => ({
    ...agentAnswer(agentId, state),
    priorityScore,
  }));
  const next = offset + members.length;
  return { queueId, total, agents, nextOffset: members.length > 0 && next < total ? next : -1 };
}
