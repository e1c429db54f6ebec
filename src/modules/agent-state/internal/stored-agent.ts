import type { AgentState, AgentStatus } from '../agent-store.js';
import { callOf, described, type Registers } from './registers.js';

/** Reads the fields of an agent's hash as Redis lists them; `scripts/pool.lua` says what they are. */
export function stateOf(
  agentId: string,
  fields: readonly string[],
  nowMs: number,
  agentTtlMs: number,
): AgentState | undefined {
  const hash = new Map<string, string>();
  for (let at = 0; at + 1 < fields.length; at += 2) hash.set(fields[at] ?? '', fields[at + 1] ?? '');
  const [status, at] = [hash.get('s'), hash.get('t')];
  if (status === undefined || at === undefined) return undefined;
  const registers = Object.fromEntries([...hash].filter(([name]) => 'prwc'.includes(name))) as Registers;
  const locked = hash.has('lt') && Number(hash.get('lu')) > nowMs;
  return {
    agentId,
    status: status as AgentStatus,
    stale: Number(hash.get('h')) + agentTtlMs <= nowMs,
    currentCallId: (locked ? hash.get('lc') : undefined) ?? callOf(registers),
    locked,
    lastUpdated: Number(at),
    ...described(registers),
  };
}
