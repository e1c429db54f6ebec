import { Cluster } from 'ioredis';
import type { Socket } from 'node:net';
import type { RedisClient } from './redis-client.js';

/**
 * Sends all commands of one event-loop tick in one write per socket. A separate write costs more
 * than the rest of a command together.
 *
 * The client's automatic pipelines have the same purpose and are not used. The pipelines cost 4.8
 * µs of processor time per command against 2.9 µs, and send no pipeline before the reply to the
 * last pipeline. The pipelines leave garbage that only a full collection frees: pauses of 20 to 30
 * ms in a busy process, against 4 ms.
 */
export class WriteCoalescer {
  private corked = false;

  constructor(private readonly client: RedisClient) {}

  /**
   * Must be called before a command. Everything written from now on is sent at the end of this
   * tick.
   */
  coalesceThisTick(): void {
    if (this.corked) return;
    this.corked = true;
    const sockets = socketsOf(this.client);
    for (const socket of sockets) socket.cork();
    setImmediate(() => {
      this.corked = false;
      for (const socket of sockets) socket.uncork();
    });
  }
}

/**
 * A node that is not connected yet has no socket. The first commands for such a node are sent in
 * separate writes.
 */
function socketsOf(client: RedisClient): Socket[] {
  const nodes = client instanceof Cluster ? client.nodes() : [client];
  return nodes.flatMap(({ stream }: { readonly stream?: Socket }) => stream ?? []);
}
