import type { AgentState, AgentStatus } from '../agent-store.js';
import { callOf, platformStateOf, type AgentRegisters } from './agent-registers.js';

/** An agent as Redis stores it. `currentCallId` may be encrypted. */
export interface StoredAgent extends AgentState {
  /**
   * Hash of the call that the lock belongs to; `undefined` means `currentCallId` comes from the
   * call register.
   */
  readonly callHash: string | undefined;
}

/**
 * Reads an agent from the fields of its Redis hash. `scripts/shared.lua` describes the fields.
 *
 * @param fields names and values in turn, as `HGETALL` returns them
 * @returns `undefined` if the hash holds no reported state
 */
export function parseStoredAgent(
  agentId: string,
  fields: readonly string[],
  nowMs: number,
  agentTtlMs: number,
): StoredAgent | undefined {
  const hash = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2) hash.set(fields[index] ?? '', fields[index + 1] ?? '');
  const [status, lastUpdated] = [hash.get('s'), hash.get('t')];
  if (status === undefined || lastUpdated === undefined) return undefined;
  const registers = Object.fromEntries([...hash].filter(([name]) => 'prwc'.includes(name))) as AgentRegisters;
  const locked = hash.has('lt') && Number(hash.get('lu')) > nowMs;
  const callOfLock = locked ? hash.get('lc') : undefined;
  return {
    agentId,
    status: status as AgentStatus,
    stale: Number(hash.get('h')) + agentTtlMs <= nowMs,
    currentCallId: callOfLock ?? callOf(registers),
    callHash: callOfLock === undefined ? undefined : hash.get('lk'),
    locked,
    lastUpdated: Number(lastUpdated),
    ...platformStateOf(registers, hash.has('g')),
  };
}
