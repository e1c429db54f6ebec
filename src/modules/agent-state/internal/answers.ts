import type { AgentState, AgentStatus, Claim, QueuePage } from '../store/agent-store.js';

/** Always the same keys, and never null: flows of the platforms depend on both. */
export interface ClaimAnswer {
  readonly agentFound: boolean;
  readonly agentId: string;
  readonly lockToken: string;
  readonly fence: number;
  readonly lockExpiresInMs: number;
  readonly queueId: string;
  readonly error: string;
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
  /** Where the next page begins; -1 after the last. */
  readonly nextOffset: number;
}

export function claimAnswer(
  queueId: string,
  answered: { readonly found: true; readonly claim: Claim } | { readonly found: false; readonly error: string },
): ClaimAnswer {
  if (answered.found) return { agentFound: true, ...answered.claim, error: '' };
  const nobody = { agentFound: false, agentId: '', lockToken: '', fence: 0, lockExpiresInMs: 0 };
  return { ...nobody, queueId, error: answered.error };
}

export function agentAnswer(agentId: string, state: AgentState | undefined): AgentAnswer {
  if (state === undefined) {
    const never = { currentCallId: '', lastUpdated: 0, platform: '', platformStatus: '', region: '', stale: false };
    return { agentFound: false, agentId, status: 'OFFLINE', ...never };
  }
  const { locked, status, currentCallId, lastUpdated, platform, platformStatus, region, stale } = state;
  // Who is claimed is not to be had, though the platform does not know it yet.
  const shown = locked && status === 'AVAILABLE' ? 'BUSY' : status;
  const told = { currentCallId, lastUpdated, platform, platformStatus, region, stale };
  return { agentFound: true, agentId, status: shown, ...told };
}

export function queueAnswer(queueId: string, { total, members }: QueuePage, offset: number): QueueAnswer {
  const agents = members.map(({ agentId, priorityScore, state }) => ({
    ...agentAnswer(agentId, state),
    priorityScore,
  }));
  const next = offset + members.length;
  return { queueId, total, agents, nextOffset: members.length > 0 && next < total ? next : -1 };
}
