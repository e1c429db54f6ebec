import { Redis } from 'ioredis';
import { startRedisCluster, startReplica, type TestRedis } from '../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import type { StopLater } from './parts.js';

/** A cluster of three masters. The first master has a replica and a proxy. */
export interface ProofCluster {
  /** The addresses of the masters that the faults do not cut off. */
  readonly urls: readonly string[];
  readonly masters: readonly TestRedis[];
  /** The master that the faults break. Its replica replaces it. */
  readonly first: TestRedis;
  readonly replica: TestRedis;
  /** Carries all commands of clients to the first master. */
  readonly link: ChaosProxy;
  /** When a node stopped that will come back without what it acknowledged last. */
  readonly lossesMs: number[];
}

export async function buildCluster(stopLater: StopLater): Promise<ProofCluster> {
  const { nodes, urls } = await stopLater(startRedisCluster());
  const [first] = nodes;
  if (first === undefined) throw new Error('the cluster has no master');
  const link = await stopLater(startProxy(first.port));
  const replica = await stopLater(startReplica(first));
  // Clients reach the first master through the proxy, because the cluster announces its port.
  await commandOn(first, 'CONFIG', 'SET', 'cluster-announce-port', `${link.port}`);
  // The fault decides when the replica replaces the master.
  await commandOn(replica, 'CONFIG', 'SET', 'cluster-replica-no-failover', 'yes');
  for (const node of nodes) await commandOn(node, 'CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
  return { urls: urls.slice(1), masters: nodes, first, replica, link, lossesMs: [] };
}

/** Sends one command to a server, outside of the cluster's redirections. */
export async function commandOn(server: TestRedis, command: string, ...args: string[]): Promise<unknown> {
  const client = new Redis(server.port, '127.0.0.1', { retryStrategy: () => null });
  return client.call(command, ...args).finally(() => client.disconnect());
}
