import calculateSlot from 'cluster-key-slot';
import { Cluster, type Redis } from 'ioredis';

/** The possible reactions to an error reply, under ioredis's names. */
interface ErrorHandlers {
  /** Rejects the command with the reply. */
  readonly defaults: () => void;
}

/**
 * Private parts of ioredis that this client needs. If these parts change, `moving-slot.spec.ts` and
 * `cluster-nodes.spec.ts` in `test/integration` fail.
 */
interface Internals {
  readonly connectionPool: {
    findOrCreate(node: { readonly host: string; readonly port: number }): Redis;
    getInstanceByKey(name: string): Redis | undefined;
  };
  getInfoFromNode(node: Pick<Redis, 'duplicate'> | undefined, callback: (error?: Error | null) => void): void;
}

/** The most keys that are tried to find one of a node: the least share of the slots is one slot. */
const MAX_KEYS_TRIED = 200_000;

/**
 * The client of a Redis Cluster, which differs from ioredis in three points.
 *
 * While a slot moves:
 * - A `TRYAGAIN` rejects the command, and `RedisConnection` repeats it in the caller's time. Plain
 *   ioredis repeats a command up to 16 times, every 100 ms and at a random node, even after the
 *   caller has got an answer.
 * - A `MOVED` changes the node of one slot. ioredis changes the node of the whole range, because
 *   the slots of a range share one array.
 * - A redirection to a node without a connection rejects the command and connects the node.
 *   Plain ioredis rejects with "Connection is closed", as for a command that was sent.
 *
 * When the topology is read, no failing node is asked. A hung node costs a second, and a node that
 * is cut off from the others returns an old topology.
 *
 * When no node can be reached, the error is the error of the socket, not "Connection is closed".
 */
export class ClusterClient extends Cluster {
  /** Returns whether the node fails. A node that fails is not asked for the topology. */
  isFailing: (name: string) => boolean = () => false;
  private readonly probeKeys = new Map<string, string>();

  constructor(...[nodes, options]: ConstructorParameters<typeof Cluster>) {
    super(nodes, options);
    const internals = this as unknown as Internals;
    const ask = internals.getInfoFromNode.bind(this);
    internals.getInfoFromNode = (node, callback) => this.askForTopology(ask, node as Redis | undefined, callback);
  }

  override handleError(error: Error, ttl: { value?: number }, handlers: ErrorHandlers): void {
    const [code, slot = '', address = ''] = error.message.split(' ');
    // A node that does not know its own name sends a port alone.
    if (code === 'MOVED' && !address.startsWith(':')) this.slots[Number(slot)] = [address];
    if (code === 'TRYAGAIN') handlers.defaults();
    else if ((code === 'MOVED' || code === 'ASK') && !this.isConnected(address)) {
      if (code === 'MOVED') this.refreshSlotsCache();
      handlers.defaults();
    } else super.handleError(error, ttl, handlers);
  }

  /** The name (`host:port`) of the master of a key's slot; '' if the topology does not say. */
  masterOf(key: string): string {
    return this.slots[calculateSlot(key)]?.[0] ?? '';
  }

  /** The names of all masters that have slots. */
  masters(): Set<string> {
    const names = new Set<string>();
    let last: readonly string[] | undefined;
    // The slots of a range share one array.
    for (const slot of this.slots as readonly (readonly string[] | undefined)[]) {
      if (slot === last) continue;
      last = slot;
      if (slot?.[0] !== undefined) names.add(slot[0]);
    }
    return names;
  }

  /** A key in a slot of this master, for probes. `undefined` if the master has no slot. */
  keyOn(master: string): string | undefined {
    const known = this.probeKeys.get(master);
    if (known !== undefined && this.masterOf(known) === master) return known;
    for (let at = 0; at < MAX_KEYS_TRIED; at += 1) {
      const key = `datadip-probe:{${at}}`;
      if (this.masterOf(key) !== master) continue;
      this.probeKeys.set(master, key);
      return key;
    }
    return undefined;
  }

  /** Forgets the keys of nodes that are no masters any more. */
  forgetAllBut(masters: ReadonlySet<string>): void {
    for (const name of this.probeKeys.keys()) if (!masters.has(name)) this.probeKeys.delete(name);
  }

  /** Closes the connection to one node. The next command connects again. */
  redial(name: string): void {
    (this as unknown as Internals).connectionPool.getInstanceByKey(name)?.disconnect();
  }

  /** Connects the node if it is new. */
  private isConnected(address: string): boolean {
    const colon = address.lastIndexOf(':');
    if (colon <= 0) return false;
    const pool = (this as unknown as Internals).connectionPool;
    const node = pool.findOrCreate({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    if (node.status === 'wait') node.connect().catch(() => undefined);
    return node.status === 'ready';
  }

  private askForTopology(
    ask: Internals['getInfoFromNode'],
    node: Redis | undefined,
    callback: (error?: Error | null) => void,
  ): void {
    if (node === undefined) {
      ask(node, callback);
      return;
    }
    const name = `${String(node.options.host)}:${String(node.options.port)}`;
    if (this.isFailing(name)) {
      callback(new Error('the node is failing'));
      return;
    }
    let cause: Error | undefined;
    const duplicate: Redis['duplicate'] = (override) => {
      // A name for the connection would need a further permission of the user.
      const copy = node.duplicate({ ...override, connectionName: '' });
      copy.on('error', (error: Error) => (cause = error));
      return copy;
    };
    ask({ duplicate }, (error) => callback(error && (cause ?? error)));
  }
}
