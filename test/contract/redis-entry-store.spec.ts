import { SystemClock } from '../../src/kernel/clock.js';
import { hearingAlone } from '../support/hearing.js';
import { startRedisCluster } from '../support/redis-server.js';
import { openRedisStore, sharedRedisUrl } from '../support/redis-store.js';
import { entryStoreContract } from './entry-store.contract.js';

async function storeOn(urls: readonly string[], stopServer: () => Promise<void>) {
  const clock = new SystemClock();
  const hearing = hearingAlone(clock);
  const { redis, bus, store, close } = await openRedisStore(urls, undefined, hearing);
  return {
    ...{ store, bus, hearing, clock },
    plant: (key: string) =>
      Promise.resolve(redis.connection?.run((client) => client.set(key, 'foreign value', 'EX', 60), key)),
    close: async () => {
      close();
      await stopServer();
    },
  };
}

entryStoreContract('RedisEntryStore', 'shared', () => storeOn([sharedRedisUrl()], () => Promise.resolve()));

entryStoreContract('RedisEntryStore on a cluster', 'shared', async () => {
  const cluster = await startRedisCluster();
  return storeOn(cluster.urls, () => cluster.stop());
});
