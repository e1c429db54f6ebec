import { RedisEntryStore } from '../../src/cache/internal/redis-entry-store.js';
import { openedRedis } from './opened-redis.js';

/** The Redis entry store as the application puts it together, connected. */
export async function openRedisStore(urls: readonly string[], timeoutMs = 1000) {
  const redis = openedRedis(urls, { timeoutMs });
  if (redis.connection === undefined || redis.channel === undefined) throw new Error('no Redis is configured');
  const store = new RedisEntryStore(redis.connection, redis.channel);
  await redis.connected();
  return { redis, store };
}

/** The server that the whole run shares. */
export function sharedRedisUrl(): string {
  const url = process.env.DATADIP_TEST_REDIS_URL;
  if (url === undefined) throw new Error('the global setup has not started a Redis');
  return url;
}
