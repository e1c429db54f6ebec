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
  /** The sockets that wait for the end of the tick. */
  private corked: readonly Socket[] | undefined;

  constructor(private readonly client: RedisClient) {}

  /**
   * Must be called before a command. Everything written from now on is sent at the end of this
   * tick.
   */
  coalesceThisTick(): void {
    if (this.corked !== undefined) return;
    const sockets = socketsOf(this.client);
    this.corked = sockets;
    for (const socket of sockets) socket.cork();
    setImmediate(() => {
      if (this.corked === sockets) this.sendNow();
    });
  }

  /** Sends what waits for the end of this tick. A tick of a busy process may take a second. */
  sendNow(): void {
    const { corked } = this;
    this.corked = undefined;
    if (corked !== undefined) for (const socket of corked) socket.uncork();
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
