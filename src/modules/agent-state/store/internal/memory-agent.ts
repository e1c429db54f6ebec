import type { AgentStatus, ClaimRequest } from '../agent-store.js';
import type { RegisterName } from './agent-registers.js';

/** What `scripts/shared.lua` says of the fields of a lock. */
export interface AgentLock {
  readonly token: string;
  readonly fence: number;
  readonly queueId: string;
  call: ClaimRequest['call'];
  untilMs: number;
  held: boolean;
  pending: boolean;
}

export interface MemoryAgent {
  readonly id: string;
  readonly registers: Partial<Record<RegisterName, string>>;
  status: AgentStatus;
  reportedAtMs: number;
  /** Not idle before, as digits. */
  idleNotBefore: string;
  /** Idle since, as it stands in the lines; absent: it stands in none. */
  queuedSince: string | undefined;
  lock: AgentLock | undefined;
}

export function newAgent(id: string): MemoryAgent {
  return {
    id,
    registers: {},
    status: 'OFFLINE',
    reportedAtMs: 0,
    idleNotBefore: '',
    queuedSince: undefined,
    lock: undefined,
  };
}
