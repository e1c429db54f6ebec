import type { AgentStoreOptions } from '../../src/modules/agent-state/store/agent-store.js';
import { RedisAgentStore } from '../../src/modules/agent-state/store/redis-agent-store.js';
import { ValueCipher, type ValueKey } from '../../src/kernel/value-cipher.js';
import { openedRedis } from './opened-redis.js';

/** Agent stores on one connection as the application opens it. */
export async function openAgentStores(urls: readonly string[], timeoutMs = 2000) {
  const redis = openedRedis(urls, { timeoutMs });
  const { connection } = redis;
  if (connection === undefined) throw new Error('no Redis is configured');
  await redis.connected();
  return {
    open: (terms: AgentStoreOptions, keys: readonly ValueKey[] = []) =>
      new RedisAgentStore(connection, terms, ValueCipher.forKeys(keys)),
    close: () => redis.close(),
  };
}
