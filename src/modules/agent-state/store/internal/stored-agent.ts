import type { AgentState, AgentStatus } from '../agent-store.js';
import type { AgentRegions } from '../agent-regions.js';
import { callOf, platformStateOf, type AgentRegisters } from './agent-registers.js';

/** An agent as Redis stores it. `currentCallId` may be encrypted. */
export interface StoredAgent extends AgentState {
  /**
   * Hash of the call that the lock belongs to; `undefined` means `currentCallId` comes from the
   * call register.
   */
  readonly callHash: string | undefined;
}

/** `<token> <fence> <until> <queue> <state> <call hash> <caller hash> <call id>` */
const LOCK = /^\S+ \d+ (\d+) \S+ \w (\S+) \S+ (.*)$/s;

/**
 * Reads an agent from its Redis hash and its lock. `scripts/shared.lua` describes both.
 *
 * @param hash names and values
 * @param lock `null` means the agent has no lock
 * @returns `undefined` if the hash holds no reported state
 */
export function parseStoredAgent(
  agentId: string,
  { hash, lock }: { readonly hash: Readonly<Record<string, string>>; readonly lock: string | null },
  nowMs: number,
  { agentTtlMs, regions }: { readonly agentTtlMs: number; readonly regions: AgentRegions },
): StoredAgent | undefined {
  const { s: status, t: lastUpdated, h: reportedMs } = hash;
  if (status === undefined || lastUpdated === undefined) return undefined;
  const registers = Object.fromEntries(
    Object.entries(hash).filter(([name]) => 'prwc'.includes(name)),
  ) as AgentRegisters;
  const [, untilMs = '0', callHash = '-', callId = ''] = LOCK.exec(lock ?? '') ?? [];
  const locked = Number(untilMs) > nowMs;
  const hasCall = locked && callHash !== '-';
  const platformState = platformStateOf(registers, hash.g === '1');
  const isSilent = regions.isSilent(platformState.region, Number(reportedMs), nowMs);
  return {
    agentId,
    status: status as AgentStatus,
    stale: isSilent || Number(reportedMs) + agentTtlMs <= nowMs,
    currentCallId: hasCall ? callId : callOf(registers),
    callHash: hasCall ? callHash : undefined,
    locked,
    lastUpdated: Number(lastUpdated),
    ...platformState,
  };
}
