import type { AgentStatus } from '../agent-store.js';
import type { Availability } from '../skill-claims.js';
import type { MemoryAgent } from './memory-agent.js';

type MemberState = 'available' | 'busy' | 'offline' | 'stale';
const STATES: Readonly<Record<AgentStatus, MemberState>> = {
  AVAILABLE: 'available',
  BUSY: 'busy',
  OFFLINE: 'offline',
};

interface Member {
  readonly id: string;
  /** `undefined` means that no report of the agent is stored. */
  readonly agent: MemoryAgent | undefined;
}

/** Counts the members of a queue, as `Availability` describes. */
export function countMembers(
  members: readonly Member[],
  hasSkills: (agentId: string) => boolean,
  isStale: (agent: MemoryAgent) => boolean,
  nowMs: number,
): Availability {
  const counts = { available: 0, busy: 0, offline: 0, stale: 0, withSkills: 0 };
  let firstFreeInMs = -1;
  for (const { id, agent } of members) {
    const lockedMs = Math.max(0, (agent?.lock?.untilMs ?? 0) - nowMs);
    const state = lockedMs > 0 ? 'busy' : stateOf(agent, isStale);
    counts[state] += 1;
    if (state === 'available' && hasSkills(id)) counts.withSkills += 1;
    if (lockedMs > 0) firstFreeInMs = firstFreeInMs < 0 ? lockedMs : Math.min(firstFreeInMs, lockedMs);
  }
  return { ...counts, firstFreeInMs, expired: 0 };
}

function stateOf(agent: MemoryAgent | undefined, isStale: (agent: MemoryAgent) => boolean): MemberState {
  if (agent === undefined) return 'offline';
  return isStale(agent) ? 'stale' : STATES[agent.status];
}
