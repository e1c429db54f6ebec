import type { AgentStatus, ClaimRequest } from '../agent-store.js';
import type { RegisterName } from './lww-registers.js';

/** What `scripts/shared.lua` says of the fields of a lock. */
export interface Lock {
  readonly token: string;
  readonly fence: number;
  readonly queueId: string;
  call: ClaimRequest['call'];
  untilMs: number;
  held: boolean;
  pending: boolean;
}

export interface Agent {
  readonly id: string;
  readonly registers: Partial<Record<RegisterName, string>>;
  status: AgentStatus;
  heardMs: number;
  /** Not idle before, as digits. */
  notBefore: string;
  /** Idle since, as it stands in the lines; absent: it stands in none. */
  stands: string | undefined;
  lock: Lock | undefined;
}

export function newAgent(id: string): Agent {
  return { id, registers: {}, status: 'OFFLINE', heardMs: 0, notBefore: '', stands: undefined, lock: undefined };
}
