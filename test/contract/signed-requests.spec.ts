import { Redis } from 'ioredis';
import { MemorySignedRequests } from '../../src/modules/invalidation/memory-signed-requests.js';
import { RedisSignedRequests } from '../../src/modules/invalidation/redis-signed-requests.js';
import { ManualClock } from '../support/manual-clock.js';
import { startRedis, startRedisCluster } from '../support/redis-server.js';
import { openRedisStore } from '../support/redis-store.js';
import { signedRequestsContract } from './signed-requests.contract.js';

signedRequestsContract('the process', () => {
  const clock = new ManualClock();
  const age = (ms: number): Promise<void> => {
    clock.advance(ms);
    return Promise.resolve();
  };
  return Promise.resolve({ requests: new MemorySignedRequests(clock), age, close: () => Promise.resolve() });
});

async function requestsOn(urls: readonly string[], stopServer: () => Promise<void>) {
  const { redis, close: closeRedis } = await openRedisStore(urls);
  if (redis.connection === undefined) throw new Error('no Redis is configured');
  const observers = urls.map((url) => new Redis(url));
  const close = async (): Promise<void> => {
    for (const client of observers) client.disconnect();
    closeRedis();
    await stopServer();
  };
  const age = async (ms: number): Promise<void> => {
    for (const client of observers) await shortenLifetimes(client, ms);
  };
  return { requests: new RedisSignedRequests(redis.connection), age, close };
}

/** The remaining lifetime of a key tells its age. */
async function shortenLifetimes(client: Redis, ms: number): Promise<void> {
  for (const key of await client.keys('cust-signed:*')) await client.pexpire(key, (await client.pttl(key)) - ms);
}

signedRequestsContract('Redis', async () => {
  const server = await startRedis();
  return requestsOn([server.url], () => server.stop());
});

signedRequestsContract('a cluster', async () => {
  const cluster = await startRedisCluster();
  return requestsOn(cluster.urls, () => cluster.stop());
});
