import { createServer, Socket, type Server } from 'node:net';
import { listenPrivately } from './private-port.js';
import { ProxyLane, type Flow } from './proxy-lane.js';

export interface ProxyTarget {
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
}

type Mode = Flow | { readonly kind: 'refusing' };

/** Puts a network that can be broken between a client and any TCP port. It starts by passing everything. */
export async function startProxy(target: ProxyTarget | number): Promise<ChaosProxy> {
  const { host = '127.0.0.1', port } = typeof target === 'number' ? { port: target } : target;
  const proxy = new ChaosProxy({ host, port });
  await proxy.pass();
  return proxy;
}

/**
 * Every mode holds until the next is chosen, for the connections that are open and for those to come.
 * Nothing that was accepted is lost by a change of mode, except where the mode says so.
 */
export class ChaosProxy {
  private readonly server: Server = createServer({ allowHalfOpen: true }, (client) => this.accept(client));
  private readonly pairs = new Set<Pair>();
  private mode: Mode = { kind: 'refusing' };
  private ownPort: number | undefined;

  constructor(private readonly target: Required<ProxyTarget>) {}

  get port(): number {
    if (this.ownPort === undefined) throw new Error('the proxy has never listened');
    return this.ownPort;
  }

  /** For a Redis behind it `redis://127.0.0.1:<port>`; the scheme is the target's. */
  url(scheme = 'redis'): string {
    return `${scheme}://127.0.0.1:${this.port}`;
  }

  /** Clients connected now, whether or not their target is. */
  get connections(): number {
    return [...this.pairs].filter((pair) => pair.hasClient).length;
  }

  /** Everything through, at once; first of all what was held. */
  async pass(): Promise<void> {
    await this.enter({ kind: 'through', delayMs: 0 });
  }

  /** Each chunk arrives so much later, in both directions. */
  async delay(delayMs: number): Promise<void> {
    await this.enter({ kind: 'through', delayMs });
  }

  /** Connections stay open and new ones are taken, but nothing moves: what is sent is kept until the next mode. */
  async hang(): Promise<void> {
    await this.enter({ kind: 'held' });
  }

  /** Breaks the open connections, once. The mode stays as it is. */
  cut(): void {
    for (const pair of this.pairs) pair.destroy();
  }

  /** Breaks the open connections and turns new ones away; the port stays ours and is opened again by every other mode. */
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
    const pair = new Pair(client, this.target, () => (this.mode.kind === 'refusing' ? { kind: 'held' } : this.mode));
    this.pairs.add(pair);
    client.once('close', () => this.pairs.delete(pair));
    pair.pump();
  }
}

/** A client and its connection to the target, which is made only once something may pass. */
class Pair {
  private readonly upstream = new Socket({ allowHalfOpen: true });
  private readonly lanes: readonly ProxyLane[];
  private dialled = false;

  constructor(
    private readonly client: Socket,
    private readonly target: Required<ProxyTarget>,
    private readonly flow: () => Flow,
  ) {
    this.lanes = [new ProxyLane(client, this.upstream, flow), new ProxyLane(this.upstream, client, flow)];
    for (const socket of [client, this.upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.destroy());
    }
    client.once('close', () => this.destroy());
  }

  get hasClient(): boolean {
    return !this.client.destroyed && !this.client.readableEnded;
  }

  pump(): void {
    if (!this.dialled && this.flow().kind === 'through') {
      this.dialled = true;
      this.upstream.connect(this.target);
    }
    for (const lane of this.lanes) lane.pump();
  }

  destroy(): void {
    for (const lane of this.lanes) lane.stop();
    this.upstream.destroy();
    // A reset after the end has been written would leave the handle open.
    if (this.client.writableEnded) this.client.destroy();
    else this.client.resetAndDestroy();
  }
}
