import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import type { AgentKeys } from './agent-keys.js';
import { ORDINAL_FIELD } from './agent-queues.js';

/** A record of the roster: idle, state, last, agent, skills. `scripts/index.lua` describes it. */
const RECORD = /^.{7}[A-Z].{7}([^|]+)(?:\|(.*))?$/;

/** @returns `undefined` if the text is no record */
export function agentOfRecord(record: string | null | undefined): string | undefined {
  return RECORD.exec(record ?? '')?.[1];
}

/**
 * Reads the skills of an agent as its record holds them. Each command has one key. If the ordinal
 * passes to another agent between the two, the agent has no skills any more.
 */
export async function readSkillsText(connection: RedisConnection, keys: AgentKeys, agentId: string): Promise<string> {
  const queues = keys.queuesOf(agentId);
  const { roster } = keys;
  const ordinal = await connection.run((client) => client.hget(queues, ORDINAL_FIELD), queues);
  if (ordinal === null) return '';
  const record = await connection.run((client) => client.hget(roster, ordinal), roster);
  const [, agent, skills = ''] = RECORD.exec(record ?? '') ?? [];
  return agent === agentId ? skills : '';
}
