import { createServer, Socket, type Server } from 'node:net';
import { listenPrivately } from './private-port.js';
import { ProxyLane, type Flow } from './proxy-lane.js';

export interface ProxyTarget {
  /** The host of the target. Default: 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
}

type Mode = Flow | { readonly kind: 'refusing' };

/**
 * Starts a proxy that can break the network between a client and a TCP port. It starts in `pass`.
 */
export async function startProxy(target: ProxyTarget | number): Promise<ChaosProxy> {
  const { host = '127.0.0.1', port } = typeof target === 'number' ? { port: target } : target;
  const proxy = new ChaosProxy({ host, port });
  await proxy.pass();
  return proxy;
}

/**
 * A TCP proxy whose mode a test changes. A mode applies to open and to new connections until the
 * next change. A change of mode loses no bytes, except in `cut` and `refuse`.
 */
export class ChaosProxy {
  private readonly server: Server = createServer({ allowHalfOpen: true }, (client) => this.accept(client));
  private readonly pairs = new Set<Pair>();
  private mode: Mode = { kind: 'refusing' };
  private ownPort: number | undefined;

  constructor(private target: Required<ProxyTarget>) {}

  get port(): number {
    if (this.ownPort === undefined) throw new Error('the proxy has never listened');
    return this.ownPort;
  }

  /** The address of the proxy with the scheme of the target, e.g. `redis://127.0.0.1:<port>`. */
  url(scheme = 'redis'): string {
    return `${scheme}://127.0.0.1:${this.port}`;
  }

  /** The number of connected clients, with or without a connection to the target. */
  get connections(): number {
    return [...this.pairs].filter((pair) => pair.hasClient).length;
  }

  /** Passes all bytes at once, held bytes first. */
  async pass(): Promise<void> {
    await this.enter({ kind: 'through', delayMs: 0 });
  }

  /** Delays each chunk by `delayMs`, in both directions. */
  async delay(delayMs: number): Promise<void> {
    await this.enter({ kind: 'through', delayMs });
  }

  /** Accepts connections and holds all bytes until the next mode. */
  async hang(): Promise<void> {
    await this.enter({ kind: 'held' });
  }

  /**
   * Behaves like a route that drops every packet: bytes, ends and breaks are held, and a new
   * connection gets no answer. Afterwards, held bytes are delivered, and a break that a side made
   * in the meantime reaches the other side.
   */
  async blackhole(): Promise<void> {
    await this.enter({ kind: 'lost' });
  }

  /** Directs later connections to another port, as a changed DNS record does. */
  retarget(port: number): void {
    this.target = { ...this.target, port };
  }

  /** Breaks the open connections once. The mode does not change. */
  cut(): void {
    for (const pair of this.pairs) pair.destroy();
  }

  /**
   * Breaks the open connections and refuses new ones. Every other mode listens at the same port.
   */
  async refuse(): Promise<void> {
    this.mode = { kind: 'refusing' };
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.cut();
    await closed;
  }

  async stop(): Promise<void> {
    await this.refuse();
  }

  private async enter(flow: Flow): Promise<void> {
    this.mode = flow;
    if (!this.server.listening) this.ownPort = await listenPrivately(this.server, this.ownPort);
    for (const pair of this.pairs) pair.pump();
  }

  private accept(client: Socket): void {
    if (this.mode.kind === 'refusing') {
      client.resetAndDestroy();
      return;
    }
    const pair = new Pair(
      client,
      this.target,
      () => (this.mode.kind === 'refusing' ? { kind: 'held' } : this.mode),
      () => this.pairs.delete(pair),
    );
    this.pairs.add(pair);
    pair.pump();
  }
}

/** A client and its connection to the target. The pair connects when the first byte may pass. */
class Pair {
  private readonly upstream = new Socket({ allowHalfOpen: true });
  private readonly lanes: readonly ProxyLane[];
  private dialled = false;
  /** A side broke the connection while the pair was in `lost`. */
  private broken = false;

  constructor(
    private readonly client: Socket,
    private readonly target: Required<ProxyTarget>,
    private readonly flow: () => Flow,
    private readonly whenOver: () => void,
  ) {
    this.lanes = [new ProxyLane(client, this.upstream, flow), new ProxyLane(this.upstream, client, flow)];
    for (const socket of [client, this.upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.breakOff());
    }
    client.once('close', () => this.breakOff());
  }

  get hasClient(): boolean {
    return !this.client.destroyed && !this.client.readableEnded;
  }

  pump(): void {
    if (this.broken && this.flow().kind !== 'lost') {
      this.destroy();
      return;
    }
    if (!this.dialled && this.flow().kind === 'through') {
      this.dialled = true;
      this.upstream.connect(this.target);
    }
    for (const lane of this.lanes) lane.pump();
  }

  destroy(): void {
    this.whenOver();
    for (const lane of this.lanes) lane.stop();
    this.upstream.destroy();
    // A reset after the end has been written would leave the handle open.
    if (this.client.writableEnded) this.client.destroy();
    else this.client.resetAndDestroy();
  }
  private breakOff(): void {
    if (this.flow().kind === 'lost') this.broken = true;
    else this.destroy();
  }
}
