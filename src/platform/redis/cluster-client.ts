import { Cluster, type Redis } from 'ioredis';

/** The possible reactions to an error reply, under ioredis's names. */
interface ErrorHandlers {
  /** Rejects the command with the reply. */
  readonly defaults: () => void;
}

interface Pool {
  findOrCreate(node: { readonly host: string; readonly port: number }): Redis;
}

/**
 * The client of a Redis Cluster. It differs from ioredis in what it does while a slot moves.
 *
 * - A `TRYAGAIN` rejects the command, and `RedisConnection` repeats it in the caller's time.
 *   Plain ioredis repeats a command up to 16 times, every 100 ms and at a random node. It does so
 *   even after the caller has got an answer.
 * - A `MOVED` changes the node of one slot. ioredis changes the node of the whole range, because
 *   the slots of a range share one array.
 * - A redirection to a node without a connection rejects the command and connects the node.
 *   Plain ioredis rejects with "Connection is closed", as for a command that was sent.
 */
export class ClusterClient extends Cluster {
  override handleError(error: Error, ttl: { value?: number }, handlers: ErrorHandlers): void {
    const [code, slot = '', address = ''] = error.message.split(' ');
    if (code === 'MOVED') this.slots[Number(slot)] = [address];
    if (code === 'TRYAGAIN') handlers.defaults();
    else if ((code === 'MOVED' || code === 'ASK') && !this.isConnected(address)) {
      if (code === 'MOVED') this.refreshSlotsCache();
      handlers.defaults();
    } else super.handleError(error, ttl, handlers);
  }

  /** Connects the node if it is new. */
  private isConnected(address: string): boolean {
    const colon = address.lastIndexOf(':');
    if (colon < 0) return false;
    const pool = (this as unknown as { readonly connectionPool: Pool }).connectionPool;
    const node = pool.findOrCreate({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    if (node.status === 'wait') node.connect().catch(() => undefined);
    return node.status === 'ready';
  }
}
