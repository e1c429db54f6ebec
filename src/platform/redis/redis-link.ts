import type { Redis, RedisOptions } from 'ioredis';
import type { Clock } from '../../kernel/clock.js';
import { ClusterClient } from './cluster-client.js';
import { NodeHealth } from './node-health.js';
import type { RedisClient } from './redis-client.js';
import { CLUSTER_DOWN_FAULT, faultOf, LOST_FAULT, type RedisFault } from './redis-fault.js';
import type { RedisScript } from './redis-script.js';
import { WriteCoalescer } from './write-coalescer.js';

/** A node that fails for this long is not asked for the topology, in milliseconds. */
const NOT_ASKED_AFTER_MS = 300;
/** Stands for the standalone server, and for a cluster whose topology is not known. */
const ANY_NODE = '';

/** The connections of this process to Redis: the client, and the health of each node. */
export class RedisLink {
  /** False until the server has shown that it may be used, and while it is not connected. */
  isAdmitted = false;
  /** True after a redirection by a server that was taken for a standalone one. */
  isRedirected = false;
  /** Why events cannot travel through the channel. */
  channelFault: RedisFault | undefined;
  /** Why the client as a whole is not connected. */
  dialFault: RedisFault | undefined;
  private current: RedisClient;
  private coalescer: WriteCoalescer;
  private readonly healths = new Map<string, NodeHealth>();
  private readonly scripts: RedisScript[] = [];
  private readonly readyListeners: (() => void)[] = [];
  private readonly clientListeners: ((client: RedisClient) => void)[] = [];

  constructor(
    client: RedisClient,
    private readonly clock: Clock,
  ) {
    this.current = client;
    this.coalescer = new WriteCoalescer(client);
    this.listenTo(client);
  }

  get client(): RedisClient {
    return this.current;
  }

  get cluster(): ClusterClient | undefined {
    return this.current instanceof ClusterClient ? this.current : undefined;
  }

  get isUp(): boolean {
    for (const health of this.healths.values()) if (!health.isUp) return false;
    return true;
  }

  /** The listener runs whenever a client has connected, and before any command is admitted. */
  onReady(listener: () => void): void {
    this.readyListeners.push(listener);
  }

  /** The listener runs for the client, and for each that replaces it, before it connects. */
  onClient(listener: (client: RedisClient) => void): void {
    this.clientListeners.push(listener);
    listener(this.current);
  }

  /** Replaces the client by another that is not connected yet. */
  replace(client: RedisClient): void {
    const { current } = this;
    this.isAdmitted = false;
    this.isRedirected = false;
    this.healths.clear();
    this.current = client;
    this.coalescer = new WriteCoalescer(client);
    for (const script of this.scripts) defineOn(client, script);
    this.listenTo(client);
    for (const listener of this.clientListeners) listener(client);
    current.disconnect();
    client.connect().catch(() => undefined);
  }

  define(script: RedisScript): void {
    this.scripts.push(script);
    defineOn(this.current, script);
  }

  coalesceThisTick(): void {
    this.coalescer.coalesceThisTick();
  }

  sendNow(): void {
    this.coalescer.sendNow();
  }

  /** The client that publishes: in a cluster the connection to a node that does not fail. */
  publisher(): RedisClient {
    const connected = this.cluster?.nodes('master').filter(({ status }) => status === 'ready') ?? [];
    return connected.find(({ options }) => !this.isFailing(nameOf(options))) ?? this.current;
  }

  /** The health of the node that has this key now. */
  healthOf(key: string): NodeHealth {
    const { cluster } = this;
    return this.healthOfNode(cluster === undefined || key === '' ? ANY_NODE : cluster.masterOf(key));
  }

  healthOfNode(name: string): NodeHealth {
    const known = this.healths.get(name);
    if (known !== undefined) return known;
    const health = new NodeHealth(this.clock);
    this.healths.set(name, health);
    return health;
  }

  /** Every node with its health. A standalone server has the name ''. */
  nodes(): [name: string, health: NodeHealth][] {
    return [...this.healths];
  }

  /** The addresses of the nodes of the cluster that do not fail. Empty for a standalone server. */
  healthyNodes(): string[] {
    const names = this.cluster?.nodes('all').map(({ options }) => nameOf(options)) ?? [];
    return names.filter((name) => this.healths.get(name)?.isUp !== false);
  }

  /** `true` while a master of the cluster is not connected yet, and has not failed. */
  get isConnecting(): boolean {
    const masters = this.cluster?.nodes('master') ?? [];
    return masters.some(({ status }) => status === 'wait' || status === 'connecting' || status === 'connect');
  }

  /** Forgets the nodes that are no masters any more. */
  forgetAllBut(masters: ReadonlySet<string>): void {
    for (const name of this.healths.keys()) if (!masters.has(name)) this.healths.delete(name);
    this.cluster?.forgetAllBut(masters);
  }

  private listenTo(client: RedisClient): void {
    // Without a listener ioredis prints to the console.
    client.on('error', (error: unknown) => this.dialFailed(client, error));
    client.on('close', () => this.closed(client));
    client.on('ready', () => this.connected(client));
    if (!(client instanceof ClusterClient)) return;
    client.isFailing = (name) => this.isFailing(name);
    client.on('node error', (error: unknown, name: string) => this.nodeFailed(client, name, error));
    client.on('+node', (node: Redis) => {
      const name = nameOf(node.options);
      node.on('ready', () => this.connectedNode(client, name));
      // While a node connects, the client rejects its commands: connect before the first command.
      if (node.status === 'wait') node.connect().catch(() => undefined);
    });
  }

  private dialFailed(client: RedisClient, error: unknown): void {
    if (client !== this.current) return;
    this.dialFault = faultOf(error) ?? LOST_FAULT;
    if (!client.isCluster) this.healthOfNode(ANY_NODE).dialFault = this.dialFault;
  }

  private nodeFailed(client: RedisClient, name: string, error: unknown): void {
    const fault = faultOf(error);
    // Errors without a code come from reading the topology, and show no cause.
    if (client !== this.current || fault === undefined || fault === LOST_FAULT) return;
    const health = this.healths.get(name);
    if (health !== undefined) health.dialFault = fault;
  }

  private connected(client: RedisClient): void {
    if (client !== this.current) return;
    const { cluster } = this;
    this.dialFault = cluster?.masters().size === 0 ? CLUSTER_DOWN_FAULT : undefined;
    if (this.dialFault !== undefined) return;
    if (cluster === undefined) this.healthOfNode(ANY_NODE).dialFault = undefined;
    else this.healths.clear();
    for (const listener of this.readyListeners) listener();
  }

  private connectedNode(client: RedisClient, name: string): void {
    const health = this.healths.get(name);
    if (client === this.current && health !== undefined) health.dialFault = undefined;
  }

  private closed(client: RedisClient): void {
    if (client === this.current) this.isAdmitted = false;
  }

  /** If every node fails, every node is asked. */
  private isFailing(name: string): boolean {
    const fails = (health: NodeHealth): boolean => health.failingForMs > NOT_ASKED_AFTER_MS;
    const health = this.healths.get(name);
    return health !== undefined && fails(health) && [...this.healths.values()].some((each) => !fails(each));
  }
}

function nameOf({ host, port }: RedisOptions): string {
  return `${String(host)}:${String(port)}`;
}

function defineOn(client: RedisClient, { name, keys, lua }: RedisScript): void {
  client.defineCommand(name, keys === 'any' ? { lua } : { numberOfKeys: keys, lua });
}
