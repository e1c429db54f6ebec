import type { AgentState, AgentStatus } from '../agent-store.js';
import { callOf, described, type Registers } from './agent-registers.js';

/** An agent as stored: the conversation's id perhaps sealed. */
export interface StoredAgent extends AgentState {
  /** Under which mark the lock keeps its conversation; absent: it is the call register's. */
  readonly callMark: string | undefined;
}

/** Reads the fields of an agent's hash as Redis lists them; `scripts/shared.lua` says what they are. */
export function parseStoredAgent(
  agentId: string,
  fields: readonly string[],
  nowMs: number,
  agentTtlMs: number,
): StoredAgent | undefined {
  const hash = new Map<string, string>();
  for (let at = 0; at + 1 < fields.length; at += 2) hash.set(fields[at] ?? '', fields[at + 1] ?? '');
  const [status, at] = [hash.get('s'), hash.get('t')];
  if (status === undefined || at === undefined) return undefined;
  const registers = Object.fromEntries([...hash].filter(([name]) => 'prwc'.includes(name))) as Registers;
  const locked = hash.has('lt') && Number(hash.get('lu')) > nowMs;
  const ofLock = locked ? hash.get('lc') : undefined;
  return {
    agentId,
    status: status as AgentStatus,
    stale: Number(hash.get('h')) + agentTtlMs <= nowMs,
    currentCallId: ofLock ?? callOf(registers),
    callMark: ofLock === undefined ? undefined : hash.get('lk'),
    locked,
    lastUpdated: Number(at),
    ...described(registers),
  };
}
