import { startRedis, startRedisCluster, startReplica, type RedisOptions, type TestRedis } from '../redis-server.js';

/**
 * `server`: one server. `cluster`: three masters. `replicated`: three masters, each with a replica.
 */
export type StoreKind = 'server' | 'cluster' | 'replicated';

/** The Redis of a region. */
export interface RegionStore {
  /** `REDIS_URL` of the region's processes. */
  readonly url: string;
  readonly masters: readonly TestRedis[];
  /** The replica of each master, in the same order. */
  readonly replicas: readonly TestRedis[];
  stop(): Promise<void>;
}

export async function startRegionStore(kind: StoreKind, options: RedisOptions = {}): Promise<RegionStore> {
  if (kind === 'server') {
    const server = await startRedis(options);
    return { url: server.url, masters: [server], replicas: [], stop: () => server.stop() };
  }
  const cluster = await startRedisCluster(options);
  const replicas: TestRedis[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all([cluster.stop(), ...replicas.map((replica) => replica.stop())]);
  };
  try {
    if (kind === 'replicated')
      for (const master of cluster.nodes) replicas.push(await startReplica(master, options.env));
    return { url: cluster.urls.join(','), masters: cluster.nodes, replicas, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
