import { newestRegister, timeOf } from '../../../../kernel/last-writer-wins.js';
import type { AgentState, AgentStatus, ClaimRequest } from '../agent-store.js';
import type { SkillMatch } from '../skill-claims.js';
import { callOf, platformStateOf, statusOf, type AgentRegisters, type RegisterName } from './agent-registers.js';

const REGISTER_NAMES: readonly RegisterName[] = ['p', 'r', 'w', 'c'];

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
  /** `undefined` means that the claim was not by skill. */
  readonly match: SkillMatch | undefined;
}

export interface MemoryAgent {
  readonly id: string;
  readonly registers: Partial<Record<RegisterName, string>>;
  status: AgentStatus;
  reportedAtMs: number;
  /** When a complete reading of the platform missed the agent; `undefined` means none did. */
  missedAtMs: number | undefined;
  /** `true` means the platform no longer has the agent. The status is then `OFFLINE`. */
  isGone: boolean;
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
  /**
   * When the last interaction ended: a confirmed lock, or what the platform reports besides the
   * presence went from busy to free. Unix milliseconds; 0 means none.
   */
  lastInteractionMs: number;
}

export function newAgent(id: string): MemoryAgent {
  const state = { status: 'OFFLINE' as const, reportedAtMs: 0, missedAtMs: undefined, isGone: false };
  const none = { idleNotBefore: '', queuedSince: undefined, lock: undefined, lastInteractionMs: 0 };
  return { id, registers: {}, ...state, ...none };
}

/** Whether a report ends the absence of the agent: it is current, or newer than the registers. */
export function endsAbsence(agent: MemoryAgent, registers: AgentRegisters, isCurrent: boolean): boolean {
  if (!agent.isGone && agent.missedAtMs === undefined) return false;
  return isCurrent || REGISTER_NAMES.some((name) => agent.registers[name] !== registers[name]);
}

export function takeRegisters(agent: MemoryAgent, registers: AgentRegisters, endsItsAbsence: boolean): void {
  Object.assign(agent.registers, registers);
  if (endsItsAbsence) Object.assign(agent, { isGone: false, missedAtMs: undefined });
  agent.status = agent.isGone ? 'OFFLINE' : statusOf(registers);
}

/** Marks an agent that a complete reading missed. Returns whether the reading before did too. */
export function isMissedTwice(agent: MemoryAgent, readFromMs: number, nowMs: number): boolean {
  if (agent.reportedAtMs > readFromMs) return false;
  const { missedAtMs } = agent;
  agent.missedAtMs ??= nowMs;
  return missedAtMs !== undefined && missedAtMs <= readFromMs;
}

export function stateOf(
  { id, status, registers, lock, isGone }: MemoryAgent,
  stale: boolean,
  nowMs: number,
): AgentState {
  const locked = lock !== undefined && lock.untilMs > nowMs;
  return {
    ...{ agentId: id, status, stale, locked },
    currentCallId: (locked ? lock.call?.callId : undefined) ?? callOf(registers),
    lastUpdated: Number(timeOf(newestRegister(registers))),
    ...platformStateOf(registers, isGone),
  };
}
