import type { AgentState, AgentStatus, Claim, QueuePage } from '../store/agent-store.js';

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

export function claimAnswer(
  queueId: string,
  region: string,
  result: { readonly found: true; readonly claim: Claim } | { readonly found: false; readonly error: string },
): ClaimAnswer {
  if (result.found) return { agentFound: true, ...result.claim, error: '', region };
  const noAgent = { agentFound: false, agentId: '', lockToken: '', fence: 0, lockExpiresInMs: 0 };
  return { ...noAgent, queueId, error: result.error, region };
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
