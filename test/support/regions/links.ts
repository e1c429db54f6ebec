import { startProxy, type ChaosProxy } from '../tcp-proxy.js';

/** How a region is connected with the rest of the world. */
export type LinkState =
  /** Every chunk leaves `oneWayMs` after it came, in order. */
  | { readonly kind: 'open'; readonly oneWayMs: number }
  /** Connections are reset, and new ones are refused. */
  | { readonly kind: 'cut' }
  /** Bytes, ends and new connections are held, as on a route that drops packets. */
  | { readonly kind: 'blackhole' };

/** A state applies to the link to Kafka, to the links to the other regions, or to all of them. */
export type LinkScope = 'bus' | 'peers' | 'all';

interface Link {
  readonly kind: 'bus' | 'peers';
  /** The regions at its ends. A link to Kafka has one. */
  readonly ends: readonly string[];
  readonly proxy: ChaosProxy;
}

const OPEN: LinkState = { kind: 'open', oneWayMs: 0 };

/**
 * The links of regions on one machine: one from each region to Kafka, and one from each region to
 * each other region, for HTTP. Each link is a proxy.
 */
export class RegionLinks {
  private readonly links: Link[] = [];
  private readonly states = new Map<string, LinkState>();

  private constructor(readonly names: readonly string[]) {}

  /** The links between regions lead nowhere until `peersTo` gives them a target. */
  static async start(bus: ReadonlyMap<string, ChaosProxy>): Promise<RegionLinks> {
    const names = [...bus.keys()];
    const links = new RegionLinks(names);
    for (const [name, proxy] of bus) links.links.push({ kind: 'bus', ends: [name], proxy });
    try {
      for (const from of names) for (const to of names) if (from !== to) await links.addPeer(from, to);
      return links;
    } catch (error) {
      await links.stop();
      throw error;
    }
  }

  /** The port at which a region reaches another region. */
  peerPort(from: string, to: string): number {
    const link = this.links.find(({ kind, ends }) => kind === 'peers' && ends[0] === from && ends[1] === to);
    if (link === undefined) throw new RangeError(`no link from ${from} to ${to}`);
    return link.proxy.port;
  }

  /** Directs the links of all other regions to this region. */
  peersTo(name: string, port: number): void {
    for (const { kind, ends, proxy } of this.links) if (kind === 'peers' && ends[1] === name) proxy.retarget(port);
  }

  /** The state of a region's link to Kafka. */
  stateOf(name: string): LinkState {
    return this.states.get(`bus ${name}`) ?? OPEN;
  }

  /** Changes the links of a region. Connections that are in flight are not lost in `open`. */
  async set(name: string, state: LinkState, scope: LinkScope = 'all'): Promise<void> {
    if (!this.names.includes(name)) throw new RangeError(`no region ${name}; regions: ${this.names.join(', ')}`);
    const kinds = scope === 'all' ? (['bus', 'peers'] as const) : [scope];
    for (const kind of kinds) this.states.set(`${kind} ${name}`, state);
    const changed = this.links.filter((link) => kinds.includes(link.kind) && link.ends.includes(name));
    await Promise.all(changed.map((link) => enter(link.proxy, this.combined(link))));
  }

  /** Stops the links between regions. The links to Kafka stop with Kafka. */
  async stop(): Promise<void> {
    const peers = this.links.filter(({ kind }) => kind === 'peers');
    await Promise.all(peers.map(({ proxy }) => proxy.stop()));
  }

  /** A link is as bad as the worse of its ends. Delays add up. */
  private combined({ kind, ends }: Link): LinkState {
    const states = ends.map((end) => this.states.get(`${kind} ${end}`) ?? OPEN);
    const closed = states.find((state) => state.kind === 'cut') ?? states.find((state) => state.kind === 'blackhole');
    if (closed !== undefined) return closed;
    return {
      kind: 'open',
      oneWayMs: states.reduce((sum, state) => sum + (state.kind === 'open' ? state.oneWayMs : 0), 0),
    };
  }

  private async addPeer(from: string, to: string): Promise<void> {
    // No server listens on the discard port of loopback.
    this.links.push({ kind: 'peers', ends: [from, to], proxy: await startProxy(9) });
  }
}

function enter(proxy: ChaosProxy, state: LinkState): Promise<void> {
  switch (state.kind) {
    case 'open':
      return proxy.delay(state.oneWayMs);
    case 'cut':
      return proxy.refuse();
    case 'blackhole':
      return proxy.blackhole();
  }
}
