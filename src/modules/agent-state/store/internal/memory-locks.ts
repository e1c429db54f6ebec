import type { Claim, ClaimingCall, ClaimRequest } from '../agent-store.js';
import type { SkillMatch } from '../skill-claims.js';
import type { AgentLock, MemoryAgent } from './memory-agent.js';

/**
 * The agent locks of one tenant, and the calls they belong to. The caller updates the queues after
 * each change.
 */
export class MemoryLocks {
  private readonly locked = new Set<MemoryAgent>();
  /** By call hash, then by caller hash. */
  private readonly agentsByCall = new Map<string, Map<string, MemoryAgent>>();
  private fence = 0;

  /** 0 before the first claim. */
  get lastFence(): number {
    return this.fence;
  }

  lock(
    agent: MemoryAgent,
    { token, queueId, call, pending, fenceAbove = 0 }: ClaimRequest,
    match: SkillMatch | undefined,
    nowMs: number,
    claimTtlMs: number,
  ): AgentLock {
    this.fence = Math.max(this.fence + 1, fenceAbove + 1, nowMs * 100);
    const state = { untilMs: nowMs + claimTtlMs, confirmed: false, pending: pending === true };
    const lock = { token, queueId, call, fence: this.fence, match, ...state };
    agent.lock = lock;
    this.locked.add(agent);
    if (call !== undefined) {
      const byCaller = this.agentsByCall.get(call.hash) ?? new Map<string, MemoryAgent>();
      this.agentsByCall.set(call.hash, byCaller.set(call.callerHash, agent));
    }
    return lock;
  }

  unlock(agent: MemoryAgent): void {
    if (agent.lock !== undefined) this.detachCall(agent.lock);
    this.locked.delete(agent);
    agent.lock = undefined;
  }

  /** Removes the call from the lock, so that the next claim of the call claims another agent. */
  detachCall(lock: AgentLock): void {
    const { call } = lock;
    lock.call = undefined;
    if (call === undefined) return;
    const byCaller = this.agentsByCall.get(call.hash);
    byCaller?.delete(call.callerHash);
    if (byCaller?.size === 0) this.agentsByCall.delete(call.hash);
  }

  agentOfCall({ hash, callerHash }: ClaimingCall): MemoryAgent | undefined {
    return this.agentsByCall.get(hash)?.get(callerHash);
  }

  /** The agents that all callers have locked for the call. */
  agentsOfCall(callHash: string): readonly MemoryAgent[] {
    return [...(this.agentsByCall.get(callHash)?.values() ?? [])];
  }

  expired(nowMs: number): MemoryAgent[] {
    return [...this.locked].filter(({ lock }) => lock !== undefined && lock.untilMs <= nowMs);
  }
}

/** @returns the agent's lock if it has this token and has not expired */
export function activeLock(agent: MemoryAgent | undefined, token: string, nowMs: number): AgentLock | undefined {
  const lock = agent?.lock;
  return lock?.token === token && lock.untilMs > nowMs ? lock : undefined;
}

export function toClaim(agentId: string, { token, fence, untilMs, queueId, match }: AgentLock, nowMs: number): Claim {
  return { agentId, lockToken: token, fence, lockExpiresInMs: untilMs - nowMs, queueId, ...match };
}
