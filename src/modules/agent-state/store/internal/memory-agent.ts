import type { AgentStatus, ClaimRequest } from '../agent-store.js';
import type { RegisterName } from './agent-registers.js';

/** An agent lock. `scripts/shared.lua` describes the same fields in Redis. */
export interface AgentLock {
  readonly token: string;
  readonly fence: number;
  readonly queueId: string;
  /**
   * `undefined` means no call can repeat the claim, or a rejected claim was removed from its call.
   */
  call: ClaimRequest['call'];
  untilMs: number;
  /** `true` after the claimer confirmed the lock. */
  confirmed: boolean;
  /** `true` until the claim verifier resolves the claim. */
  pending: boolean;
}

export interface MemoryAgent {
  readonly id: string;
  readonly registers: Partial<Record<RegisterName, string>>;
  status: AgentStatus;
  reportedAtMs: number;
  /**
   * The agent counts as idle since this time at the earliest; thirteen digits, or the empty string
   * for no bound.
   */
  idleNotBefore: string;
  /**
   * The idle time in the agent's queue positions; `undefined` means the agent is a free agent of no
   * queue.
   */
  queuedSince: string | undefined;
  lock: AgentLock | undefined;
}

export function newAgent(id: string): MemoryAgent {
  const state = { status: 'OFFLINE' as const, reportedAtMs: 0, idleNotBefore: '' };
  return { id, registers: {}, ...state, queuedSince: undefined, lock: undefined };
}
