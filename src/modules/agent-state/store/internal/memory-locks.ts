import type { Claim, ClaimRequest } from '../agent-store.js';
import type { MemoryAgent, AgentLock } from './memory-agent.js';

/** Who is locked, and for which call. Whether that puts an agent into a line or out of it is not decided here. */
export class MemoryLocks {
  private readonly locked = new Set<MemoryAgent>();
  private readonly calls = new Map<string, MemoryAgent>();
  private fence = 0;

  lock(agent: MemoryAgent, { token, queueId, call, pending }: ClaimRequest, nowMs: number, leaseMs: number): AgentLock {
    this.fence = Math.max(this.fence + 1, nowMs * 100);
    const fate = { untilMs: nowMs + leaseMs, held: false, pending: pending === true };
    const lock = { token, queueId, call, fence: this.fence, ...fate };
    agent.lock = lock;
    this.locked.add(agent);
    if (call !== undefined) this.calls.set(call.hash, agent);
    return lock;
  }

  unlock(agent: MemoryAgent): void {
    if (agent.lock !== undefined) this.forgetCall(agent.lock);
    this.locked.delete(agent);
    agent.lock = undefined;
  }

  /** The call is to be asked for anew. */
  forgetCall(lock: AgentLock): void {
    if (lock.call !== undefined) this.calls.delete(lock.call.hash);
    lock.call = undefined;
  }

  agentOfCall(callHash: string): MemoryAgent | undefined {
    return this.calls.get(callHash);
  }

  expired(nowMs: number): MemoryAgent[] {
    return [...this.locked].filter(({ lock }) => lock !== undefined && lock.untilMs <= nowMs);
  }
}

/** The lock of that token, while it stands. */
export function activeLock(agent: MemoryAgent | undefined, token: string, nowMs: number): AgentLock | undefined {
  const lock = agent?.lock;
  return lock?.token === token && lock.untilMs > nowMs ? lock : undefined;
}

export function toClaim(agentId: string, { token, fence, untilMs, queueId }: AgentLock, nowMs: number): Claim {
  return { agentId, lockToken: token, fence, lockExpiresInMs: untilMs - nowMs, queueId };
}
