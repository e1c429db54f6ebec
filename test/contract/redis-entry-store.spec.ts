import { startRedisCluster } from '../support/redis-server.js';
import { openRedisStore, sharedRedisUrl } from '../support/redis-store.js';
import { entryStoreContract } from './entry-store.contract.js';

async function storeOn(urls: readonly string[], stopServer: () => Promise<void>) {
  const { redis, bus, store, close } = await openRedisStore(urls);
  return {
    store,
    bus,
    plant: (key: string) => Promise.resolve(redis.connection?.run((client) => client.set(key, 'theirs', 'EX', 60))),
    close: async () => {
      close();
      await stopServer();
    },
  };
}

entryStoreContract('the Redis store', 'shared with strangers', () =>
  storeOn([sharedRedisUrl()], () => Promise.resolve()),
);

entryStoreContract('the Redis store on a cluster', 'shared with strangers', async () => {
  const cluster = await startRedisCluster();
  return storeOn(cluster.urls, () => cluster.stop());
});
