import { Cluster, Redis } from 'ioredis';
import { TIMED_OUT, withTimeout } from '../../../../kernel/deadline.js';
import { StoreUnavailable } from '../../../../kernel/errors.js';
import type { RedisLink } from '../../redis-link.js';
import type { RedisScript } from '../../redis-script.js';

export interface ReplicaWaitOptions {
  readonly link: RedisLink;
  /** How many replicas must have a write; at least 1. */
  readonly replicas: number;
  /** How long a node waits for its replicas, in milliseconds. */
  readonly boundMs: number;
}

/**
 * Runs a script on a node and waits until replicas of the node have the write.
 *
 * WAIT blocks its connection, and every later command on it. So WAIT has a separate connection to
 * each node. The script and WAIT use the same connection. A replica that has the script's write
 * also has every earlier write of the node, from any connection.
 */
export class ReplicaWait {
  private readonly connections = new Map<string, Redis>();

  constructor(private readonly options: ReplicaWaitOptions) {}

  /**
   * @param node the name of the node in a cluster, `host:port`; '' on a standalone server
   * @throws {StoreUnavailable} if the node does not answer, or fewer replicas have the write
   */
  async run(node: string, script: RedisScript, key: string, args: readonly (string | number)[]): Promise<unknown> {
    const { replicas, boundMs } = this.options;
    const connection = this.connectionTo(node);
    // The node replies to WAIT after its bound at the latest. The network gets the same time in
    // addition.
    const replies = Promise.all([
      connection.call('EVAL', script.lua, 1, key, ...args),
      connection.call('WAIT', replicas, boundMs),
    ]).catch(() => TIMED_OUT);
    const result = await withTimeout(replies, 2 * boundMs);
    if (!Array.isArray(result)) {
      connection.disconnect();
      throw new StoreUnavailable('the store did not confirm its replicas in time');
    }
    const [reply, reached] = result;
    if (Number(reached) < replicas)
      throw new StoreUnavailable(
        `${Number(reached)} replicas have the write, and REDIS_WAIT_REPLICAS asks for ${replicas}`,
      );
    return reply;
  }

  close(): void {
    for (const connection of this.connections.values()) connection.disconnect();
  }

  private connectionTo(node: string): Redis {
    const known = this.connections.get(node);
    if (known !== undefined) return known;
    const connection = this.clientOf(node).duplicate({
      lazyConnect: true,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
      retryStrategy: () => null,
      readOnly: false,
    });
    connection.on('error', () => undefined);
    connection.once('end', () => {
      if (this.connections.get(node) === connection) this.connections.delete(node);
    });
    this.connections.set(node, connection);
    return connection;
  }

  private clientOf(node: string): Redis {
    const { client } = this.options.link;
    if (!(client instanceof Cluster)) return client;
    const found = client.nodes('master').find(({ options }) => `${options.host}:${options.port}` === node);
    if (found === undefined) throw new StoreUnavailable('the node of this key is not connected');
    return found;
  }
}
