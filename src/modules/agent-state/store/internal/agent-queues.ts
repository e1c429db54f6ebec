import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';

/** The field with the agent's ordinal in the hash of its queues. No queue id has this character. */
export const ORDINAL_FIELD = '#';

/** The queues of an agent. */
export async function readQueues(connection: RedisConnection, key: string): Promise<string[]> {
  const fields = await connection.run((client) => client.hkeys(key), key);
  return fields.filter((field) => field !== ORDINAL_FIELD);
}
