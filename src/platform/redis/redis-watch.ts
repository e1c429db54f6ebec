import type { Redis } from 'ioredis';
import { TIMED_OUT } from '../../kernel/deadline.js';
import { stallTolerantTimeout } from '../../kernel/stall-tolerant-timeout.js';
import type { ClusterClient } from './cluster-client.js';
import { PROBE_EVERY_MS, type NodeHealth } from './node-health.js';
import type { RedisClient } from './redis-client.js';
import type { RedisConnection } from './redis-connection.js';
import { faultOf, LOST_FAULT, refusesWrites, TIMED_OUT_FAULT } from './redis-fault.js';
import { PROBE_KEY, WriteCheck, type WriteCheckOptions } from './write-check.js';

/**
 * A connection that is open but silent for this long is replaced, in milliseconds. TCP alone would
 * take minutes to notice.
 */
const SILENT_FOR_MS = 2000;
/** The topology is read again while a node fails for longer than this, in milliseconds. */
const TROUBLE_AFTER_MS = 300;
const TOPOLOGY_IN_TROUBLE_EVERY_MS = 500;

export interface RedisWatchOptions extends WriteCheckOptions {
  /** Creates the client of a single URL that turned out to be a cluster. */
  readonly createClusterClient: () => RedisClient;
  /** The single URL is a node or the configuration endpoint of a cluster. */
  readonly onCluster: () => void;
  /** The server has answered on a new connection, and commands are admitted. */
  readonly onAdmitted: () => void;
  /** Runs after each round of probes. */
  readonly onRound: () => void;
}

/**
 * Keeps the health of each Redis node up to date without traffic, every 250 ms.
 *
 * Guarantees:
 * - No command is admitted before the server has answered a PING in the database of `REDIS_URL`.
 * - A node that fails costs commands of this node only. After 0.3 s the topology is read again,
 *   twice a second and from other nodes, so a promoted replica is used.
 * - A connection that is silent for 2 s is replaced, and the connections to other nodes stay.
 * - A server that refuses writes is found by a write, every 5 s (`write-check.ts`).
 */
export class RedisWatch {
  private timer: NodeJS.Timeout | undefined;
  private isRunning = false;
  private isVerifying = false;
  private topologyDueMs = 0;
  private readonly writes: WriteCheck;

  constructor(
    private readonly connection: RedisConnection,
    private readonly options: RedisWatchOptions,
  ) {
    this.writes = new WriteCheck(connection, options);
    connection.link.onReady(() => void this.admit());
  }

  /** Starts to connect. A failure shows in the health of the nodes. */
  open(): void {
    this.connection.link.client.connect().catch(() => undefined);
    this.timer = setInterval(() => void this.round(), PROBE_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
    this.connection.link.client.disconnect();
  }

  private async round(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      await this.probe();
      this.readTopology();
      this.replaceSilent();
      await this.writes.run();
      this.options.onRound();
    } finally {
      this.isRunning = false;
    }
  }

  private async probe(): Promise<void> {
    const { link } = this.connection;
    const { client, cluster } = link;
    if (cluster !== undefined) await this.probeCluster(cluster);
    else if (client.status === 'ready' && !link.isAdmitted) await this.admit();
    else await this.connection.run((each) => each.ping(), '').catch(() => undefined);
    if (cluster === undefined && link.isRedirected) this.useAsCluster();
  }

  private async probeCluster(cluster: ClusterClient): Promise<void> {
    const { link } = this.connection;
    const masters = cluster.masters();
    if (!link.isAdmitted || masters.size === 0) {
      await this.connection.run((client) => client.exists(PROBE_KEY), PROBE_KEY).catch(() => undefined);
      return;
    }
    link.forgetAllBut(masters);
    await Promise.allSettled(
      [...masters].map((master) => {
        const key = cluster.keyOn(master) ?? PROBE_KEY;
        return this.connection.run((client) => client.exists(key), key);
      }),
    );
  }

  /** Admits commands to the server of a new connection, if it answers. */
  private async admit(): Promise<void> {
    const { link } = this.connection;
    if (link.cluster !== undefined) this.admitted();
    else if (!this.isVerifying) {
      this.isVerifying = true;
      await this.verify(link.client as Redis).finally(() => (this.isVerifying = false));
    }
  }

  private async verify(client: Redis): Promise<void> {
    const { link } = this.connection;
    const health = link.healthOf('');
    try {
      const info = await this.bounded(Promise.all([clusterInfo(client), client.ping().catch(ignoreRefusal)]));
      if (client !== link.client || client.status !== 'ready') return;
      // The server has refused the database of the URL. The server must not be used with another
      // database.
      if (health.dialFault !== undefined) health.failed(health.dialFault);
      else if (info === TIMED_OUT) health.failed(TIMED_OUT_FAULT);
      else if (info[0].includes('cluster_enabled:1')) this.useAsCluster();
      else this.admitted();
    } catch (error) {
      health.failed(health.dialFault ?? faultOf(error) ?? LOST_FAULT);
    }
  }

  private admitted(): void {
    const { link } = this.connection;
    link.isAdmitted = true;
    link.healthOf('').succeeded();
    this.writes.checkNow();
    this.options.onAdmitted();
  }

  private useAsCluster(): void {
    this.options.onCluster();
    this.connection.link.replace(this.options.createClusterClient());
  }

  private bounded<T>(work: Promise<T>): Promise<T | typeof TIMED_OUT> {
    const { clock, timeoutMs } = this.options;
    return stallTolerantTimeout(work, timeoutMs, () => clock.nowMs());
  }

  private readTopology(): void {
    const { cluster, isAdmitted } = this.connection.link;
    const isTroubled = (health: NodeHealth): boolean =>
      health.failingForMs > TROUBLE_AFTER_MS || health.writeFault?.code === 'READONLY';
    if (cluster === undefined || !isAdmitted) return;
    if (!this.connection.link.nodes().some(([, health]) => isTroubled(health))) return;
    const nowMs = this.options.clock.nowMs();
    if (nowMs < this.topologyDueMs) return;
    this.topologyDueMs = nowMs + TOPOLOGY_IN_TROUBLE_EVERY_MS;
    cluster.refreshSlotsCache();
  }

  /**
   * Replaces connections that are open and silent. In a cluster, only the connections of the silent
   * node are replaced.
   */
  private replaceSilent(): void {
    const { link } = this.connection;
    const { client, cluster } = link;
    const nodes = link.nodes();
    const failing = nodes.filter(([, health]) => health.failingForMs >= SILENT_FOR_MS);
    const silent = failing.filter(([, health]) => health.fault?.code === TIMED_OUT_FAULT.code);
    if (client.status !== 'ready' && client.status !== 'connect') return;
    // If no node serves, the addresses of the cluster may have changed: the URLs are dialled again.
    const all = cluster === undefined ? silent.length > 0 : failing.length > 0 && failing.length === nodes.length;
    if (all) client.disconnect(true);
    else if (cluster !== undefined) for (const [name] of silent) cluster.redial(name);
    for (const [, health] of all ? failing : silent) health.replaced();
  }
}

/** A user that may not run INFO gets an empty text: redirections then tell that it is a cluster. */
async function clusterInfo(client: Redis): Promise<string> {
  return (await client.info('cluster').catch(ignoreRefusal)) ?? '';
}

/** After a failed snapshot a server refuses writes and even PING, and still serves reads. */
function ignoreRefusal(error: unknown): undefined {
  const fault = faultOf(error);
  if (fault?.code === 'NOPERM' || (fault !== undefined && refusesWrites(fault))) return undefined;
  throw error;
}
