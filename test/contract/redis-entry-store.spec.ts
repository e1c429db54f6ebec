import { startRedisCluster } from '../support/redis-server.js';
import { openRedisStore, sharedRedisUrl } from '../support/redis-store.js';
import { entryStoreContract } from './entry-store.contract.js';

async function storeOn(urls: readonly string[], stopServer: () => Promise<void>) {
  const { redis, bus, store, close } = await openRedisStore(urls);
  return {
    store,
    bus,
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
