import type { AgentStoreOptions } from '../../src/modules/agent-state/store/agent-store.js';
import { RedisAgentStore } from '../../src/modules/agent-state/store/redis-agent-store.js';
import { ValueCipher, type ValueKey } from '../../src/kernel/value-cipher.js';
import { createRedis } from './create-redis.js';

/** Opens one Redis connection as the application does, and creates agent stores on it. */
export async function openAgentStores(urls: readonly string[], timeoutMs = 2000) {
  const redis = createRedis(urls, { timeoutMs });
  const { connection } = redis;
  if (connection === undefined) throw new Error('no Redis is configured');
  await redis.connected();
  return {
    open: (options: AgentStoreOptions, keys: readonly ValueKey[] = []) =>
      new RedisAgentStore(connection, options, ValueCipher.forKeys(keys)),
    close: () => redis.close(),
  };
}
