import { Redis } from 'ioredis';
import { startRedisCluster, startReplica, type TestCluster, type TestRedis } from '../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import { Crm } from './crm.js';
import { declarationFile } from './lookup-variants.js';
import { openParts, startServices, type StopLater } from './parts.js';
import type { ProofStage } from './run.js';

/** Three processes on a cluster of three masters. The first master has a replica and a proxy. */
export interface ClusterStage extends ProofStage {
  readonly cluster: TestCluster;
  /** The master that the faults break. Its replica replaces it. */
  readonly first: TestRedis;
  readonly replica: TestRedis;
  /** Carries all commands of clients to the first master. */
  readonly link: ChaosProxy;
}

export function openClusterStage(): Promise<ClusterStage> {
  return openParts(build);
}

async function build(stopLater: StopLater): Promise<Omit<ClusterStage, 'stop'>> {
  const crm = await stopLater(Crm.start());
  const cluster = await stopLater(startRedisCluster());
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error('the cluster has no master');
  const link = await stopLater(startProxy(first.port));
  const replica = await stopLater(startReplica(first));
  // Clients reach the first master through the proxy, because the cluster announces its port.
  await commandOn(first, 'CONFIG', 'SET', 'cluster-announce-port', `${link.port}`);
  // The fault decides when the replica replaces the master.
  await commandOn(replica, 'CONFIG', 'SET', 'cluster-replica-no-failover', 'yes');
  for (const node of cluster.nodes) await commandOn(node, 'CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
  const url = cluster.urls.slice(1).join(',');
  const urls = { one: url, two: url, quiet: url };
  return { crm, cluster, first, replica, link, ...(await startServices(stopLater, declarationFile(crm.url), urls)) };
}

/** Sends one command to a server, outside of the cluster's redirections. */
export async function commandOn(server: TestRedis, command: string, ...args: string[]): Promise<unknown> {
  const client = new Redis(server.port, '127.0.0.1', { retryStrategy: () => null });
  return client.call(command, ...args).finally(() => client.disconnect());
}
