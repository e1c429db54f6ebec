import calculateSlot from 'cluster-key-slot';
import { Cluster, type Redis } from 'ioredis';
import type { Clock } from '../../../kernel/clock.js';
import { StoreUnavailable } from '../../../kernel/errors.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisScript } from '../redis-script.js';
import type { DataLoss } from './data-loss.js';
import { CommandGate } from './internal/command-gate.js';
import { HistoryCheck, infoOf, isReplicaIn } from './internal/history-check.js';
import { MarkerWriter, type CallScript } from './internal/marker-writer.js';
import { STANDALONE_RECORD } from './internal/record-key.js';
import { ReplicaWait } from './internal/replica-wait.js';
import { ShardHistory } from './internal/shard-history.js';

/** How often a process writes its marker to each node, in milliseconds. */
const MARK_EVERY_MS = 400;

export interface StoreHistoryOptions {
  readonly link: RedisLink;
  readonly clock: Clock;
  /** The longest time that a command waits for the check of its server, in milliseconds. */
  readonly holdMs: number;
  /** Sends a script with the bound and the breaker of a command. */
  readonly call: CallScript;
  /** How many replicas must have a write before it is secured; 0 means none. */
  readonly waitReplicas: number;
  /**
   * Called when a node lost data that it had acknowledged, or may have lost it. A new process gets
   * the last loss before its start too.
   */
  readonly onLoss: (loss: DataLoss) => void;
}

/**
 * Notices that Redis has come back with older data. The data may come from a snapshot, from a
 * backup, from another server, or from a replica that lagged.
 *
 * Each process writes a numbered marker to each Redis node every 400 ms, and before it acknowledges
 * an invalidation or a claim. The process remembers the number of the last marker that the node
 * acknowledged. On every new connection, before the first command, the process compares this number
 * with the marker in the node.
 *
 * Guarantees:
 * - No command reaches a server that this process has not checked (`CommandGate`).
 * - If a node lacks a write that it acknowledged to a running process, this process raises
 *   `floorMs` in the history that each node holds. No other process uses the old data of the node
 *   before `floorMs` is raised.
 * - If a node has everything that it acknowledged, its data is used. After a network failure, the
 *   data is used at once. After a restart or a failover, the data is used when all processes that
 *   were running have confirmed it.
 * - If one of these processes does not confirm within 5 s, the data counts as lost.
 *
 * Does not guarantee: that a loss is noticed if an empty Redis replaces the old one while all
 * processes restart. Then no record and no process knows that there was data.
 *
 * A slot that moves to another node keeps its entries and their times, and nothing is lost.
 *
 * The file exceeds 220 lines because it is the whole port. A third of the lines are the promises to
 * callers.
 */
export class StoreHistory {
  private readonly markers: MarkerWriter;
  private readonly checks: HistoryCheck;
  private readonly shards = new Map<string, ShardHistory>();
  private readonly gates = new Map<Redis, CommandGate>();
  private readonly marking = new Map<ShardHistory, Promise<void>>();
  private readonly waiting = new Map<ShardHistory, Promise<void>>();
  private readonly replicaWait: ReplicaWait | undefined;
  private timer: NodeJS.Timeout | undefined;
  private floor = 0;
  private losses = 0;
  private lossMs = 0;
  private hasLosses = false;
  private raisedAtMs = -Infinity;
  private topologyChanged = true;

  constructor(private readonly options: StoreHistoryOptions) {
    const { link, call, waitReplicas: replicas, holdMs: boundMs } = options;
    this.markers = new MarkerWriter((shard) => this.floorToPass(shard));
    this.checks = new HistoryCheck({
      markers: this.markers,
      shards: this.shards,
      shard: (key) => this.shard(key),
      isCluster: () => link.client.isCluster,
      call,
      onChange: () => this.update(),
    });
    this.replicaWait = replicas === 0 ? undefined : new ReplicaWait({ link, replicas, boundMs });
    link.onClient((client) => {
      if (client instanceof Cluster) this.watchCluster(client);
      else this.guard(client);
    });
  }

  /** The scripts that `call` must know. */
  static readonly SCRIPTS: readonly RedisScript[] = [...MarkerWriter.SCRIPTS, ...HistoryCheck.SCRIPTS];

  /**
   * The floor: entries whose load began before this time must not be used. By the clock of Redis,
   * Unix milliseconds. 0 means that all entries may be used.
   */
  get floorMs(): number {
    return this.floor;
  }

  /**
   * A number that rises when the floor rises. A value whose load began under a smaller number must
   * not be stored, and later readers must not join its load.
   */
  get epoch(): number {
    return this.losses;
  }

  /**
   * Milliseconds since the floor was raised. Other processes learn of this up to a second later.
   */
  get sinceRaisedMs(): number {
    return this.options.clock.nowMs() - this.raisedAtMs;
  }

  /** True if a connected server is checked, and this process does not wait for another process. */
  get isSettled(): boolean {
    const isChecked = [...this.gates.values()].some((gate) => gate.isChecked);
    return isChecked && ![...this.shards.values()].some(({ isDoubtful }) => isDoubtful);
  }

  /**
   * True if `secure` waits for replicas. A caller then calls it after the reply to its write,
   * because it uses another connection.
   */
  get waitsForReplicas(): boolean {
    return this.replicaWait !== undefined;
  }

  open(): void {
    this.timer = setInterval(() => this.markAll(), MARK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
    this.replicaWait?.close();
  }

  /**
   * Milliseconds since the node of this key lost data; `Infinity` if it never did. The result is
   * negative while the clock of the present server is behind the clock of the earlier server.
   */
  sinceLossMs(key: string): number {
    return this.hasLosses ? (this.shardOf(key)?.sinceLossMs ?? Infinity) : Infinity;
  }

  /** True while other processes have not yet confirmed that the node of this key has their data. */
  isDoubtful(key: string): boolean {
    return this.hasLosses && this.shardOf(key)?.isDoubtful === true;
  }

  /**
   * The clock of the node of this key now, estimated from its last reply. Unix milliseconds.
   * `undefined` before the first reply.
   */
  serverNowMs(key: string): number | undefined {
    return this.shardOf(key)?.estimatedServerMs();
  }

  /**
   * Resolves when the nodes of these keys have acknowledged a marker that was sent after all writes
   * before this call. If a node later loses one of these writes, this process notices the loss.
   * With `waitReplicas`, this number of replicas also has the writes.
   *
   * @throws {StoreUnavailable}
   */
  async secure(keys: readonly string[]): Promise<void> {
    const { replicaWait } = this;
    if (replicaWait === undefined) return this.markBehind(keys);
    const wait = (shard: ShardHistory): Promise<void> =>
      this.mark(shard, (script, _keys, args) => replicaWait.run(this.nodeOf(shard.key), script, shard.key, args));
    await this.eachOncePerTick(this.waiting, keys, wait);
  }

  /**
   * Like `secure`, but never waits for replicas. For writes that no caller gets acknowledged, but
   * whose loss this process must notice.
   *
   * @throws {StoreUnavailable}
   */
  async markBehind(keys: readonly string[]): Promise<void> {
    await this.eachOncePerTick(this.marking, keys, (shard) => this.mark(shard));
  }

  /** Runs once for all writes of an event-loop tick to a node, and after these writes. */
  private async eachOncePerTick(
    running: Map<ShardHistory, Promise<void>>,
    keys: readonly string[],
    run: (shard: ShardHistory) => Promise<void>,
  ): Promise<void> {
    const once = (shard: ShardHistory): Promise<void> => {
      const known = running.get(shard);
      if (known !== undefined) return known;
      const marked = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        running.delete(shard);
        return run(shard);
      });
      running.set(shard, marked);
      return marked;
    };
    const shards = new Set(keys.flatMap((key) => this.shardOf(key) ?? []));
    await Promise.all([...shards].map(once));
  }

  private async mark(shard: ShardHistory, call = this.options.call): Promise<void> {
    const { nowMs, isWhole } = await this.markers.mark(shard, call);
    if (!isWhole) await this.checks.lost(shard, nowMs);
    this.update();
    if (!isWhole) throw new StoreUnavailable('the store lost data');
  }

  private markAll(): void {
    for (const shard of this.shards.values()) if (!shard.isReadOnly) this.mark(shard).catch(() => undefined);
    this.checkReadOnlyServer();
    this.checkChangedCluster();
  }

  /**
   * The floor that the next marker must write into the record of the node; '' if the record has the
   * floor already.
   */
  private floorToPass(shard: ShardHistory): number | '' {
    const isDoubtful = [...this.shards.values()].some((each) => each.isDoubtful);
    return isDoubtful || shard.floorMs >= this.floor ? '' : this.floor;
  }

  private update(): void {
    let [floor, lostMs, intactMs] = [0, 0, Infinity];
    this.hasLosses = false;
    for (const shard of this.shards.values()) {
      lostMs = Math.max(lostMs, shard.lostMs);
      if (shard.lostMs > this.lossMs) intactMs = Math.min(intactMs, shard.intactMs);
      floor = Math.max(floor, shard.notBelievedBeforeMs);
      this.hasLosses ||= shard.sinceLossMs < Infinity;
    }
    if (floor > this.floor) {
      this.losses += 1;
      this.raisedAtMs = this.options.clock.nowMs();
    }
    this.floor = floor;
    if (lostMs > this.lossMs) this.options.onLoss({ lostMs, intactMs });
    this.lossMs = Math.max(lostMs, this.lossMs);
  }

  private guard(node: Redis): void {
    const { clock, holdMs } = this.options;
    const check = (gate: CommandGate) => this.checks.run(gate);
    this.gates.set(node, new CommandGate(node, { clock, holdMs, epoch: () => this.losses, check }));
    node.on('end', () => this.gates.delete(node));
  }

  private watchCluster(cluster: Cluster): void {
    cluster.on('+node', (node: Redis) => this.guard(node));
    cluster.on('refresh', () => {
      const masters = new Set(cluster.nodes('master'));
      for (const [node, gate] of this.gates) if (!masters.has(node)) gate.distrust();
      this.topologyChanged = true;
    });
  }

  /**
   * A replica that has become a master accepts markers, but its connection does not show the
   * change.
   */
  private checkReadOnlyServer(): void {
    const shard = this.shards.get(STANDALONE_RECORD);
    const [gate] = this.gates.values();
    if (shard?.isReadOnly !== true || gate?.node.status !== 'ready') return;
    infoOf(gate, 'replication').then(
      (replication) => {
        shard.isReadOnly = isReplicaIn(replication);
      },
      () => undefined,
    );
  }

  /**
   * After a change of the cluster, every master needs the record that all processes choose for it.
   */
  private checkChangedCluster(): void {
    const { client } = this.options.link;
    if (!this.topologyChanged || !(client instanceof Cluster)) return;
    this.topologyChanged = false;
    const masters = new Set(client.nodes('master'));
    for (const [node, gate] of this.gates) {
      if (!masters.has(node) || node.status !== 'ready') continue;
      this.checks.run(gate).catch(() => {
        this.topologyChanged = true;
      });
    }
  }

  private shard(key: string): ShardHistory {
    const known = this.shards.get(key);
    if (known !== undefined) return known;
    const shard = new ShardHistory(this.markers.process, this.options.clock, key);
    this.shards.set(key, shard);
    return shard;
  }

  private shardOf(key: string): ShardHistory | undefined {
    if (!this.options.link.client.isCluster) return this.shards.get(STANDALONE_RECORD);
    const node = this.nodeOf(key);
    for (const shard of this.shards.values()) if (this.nodeOf(shard.key) === node) return shard;
    return undefined;
  }

  /** The name of the node of a key; '' on a standalone server. */
  private nodeOf(key: string): string {
    const { client } = this.options.link;
    return client instanceof Cluster ? (client.slots[calculateSlot(key)]?.[0] ?? '') : '';
  }
}
