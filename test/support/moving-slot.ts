import calculateSlot from 'cluster-key-slot';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './eventually.js';
import type { TestCluster } from './redis-server.js';

const MIGRATE_TIMEOUT_MS = 5000;
/** As `redis-cli` moves them. */
const KEYS_AT_ONCE = 10;

/** A client of each master. The caller disconnects them. */
export function clientsOf(cluster: TestCluster): Redis[] {
  return cluster.nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
}

/** A node serves the keys of a slot that it does not own only to a client that asks. */
async function asking<T>(client: Redis, command: () => Promise<T>): Promise<T> {
  return (await Promise.all([client.asking(), command()]))[1];
}

/** The content of a string, a hash, a sorted set, a set or a stream. Fails for another type. */
async function contentOf(client: Redis, key: string): Promise<unknown> {
  const type = await asking(client, () => client.type(key));
  switch (type) {
    case 'hash':
      return asking(client, () => client.hgetall(key));
    case 'zset':
      return asking(client, () => client.zrange(key, 0, -1, 'WITHSCORES'));
    case 'set':
      return (await asking(client, () => client.smembers(key))).toSorted();
    case 'stream':
      return asking(client, () => client.xrange(key, '-', '+'));
    case 'string':
      return asking(client, () => client.get(key));
    default:
      throw new Error(`the key ${key} is of the type ${type}`);
  }
}

/** Moves a slot between the masters of a cluster, as `redis-cli --cluster reshard` does. */
export class MovingSlot {
  readonly slot: number;
  private ends: readonly [from: Redis, to: Redis] | undefined;

  /**
   * @param clients a client of each master
   * @param place the slot, a key of the slot, or its hash tag in braces
   */
  constructor(
    private readonly clients: readonly Redis[],
    place: string | number,
  ) {
    this.slot = typeof place === 'number' ? place : calculateSlot(place);
  }

  get isOpen(): boolean {
    return this.ends !== undefined;
  }

  /** Every key of the slot, once per node that has it. */
  async keys(): Promise<string[]> {
    return (await Promise.all(this.clients.map((client) => this.keysOf(client)))).flat().toSorted();
  }

  /** The content of each key of the slot. */
  async content(): Promise<Record<string, unknown>> {
    const entries = this.clients.map(async (client) => {
      const keys = await this.keysOf(client);
      const contents = await Promise.all(keys.map((key) => contentOf(client, key)));
      return keys.map((key, index) => [key, contents[index]] as const);
    });
    return Object.fromEntries((await Promise.all(entries)).flat());
  }

  /** Opens the slot: the owner sends requests for keys that it lacks to the next master. */
  async open(): Promise<void> {
    const index = await this.ownerIndex();
    const [from, to] = [this.clients[index], this.clients[(index + 1) % this.clients.length]];
    if (from === undefined || to === undefined) throw new Error('the cluster has no master for the slot');
    await to.call('CLUSTER', 'SETSLOT', this.slot, 'IMPORTING', await from.cluster('MYID'));
    await from.call('CLUSTER', 'SETSLOT', this.slot, 'MIGRATING', await to.cluster('MYID'));
    this.ends = [from, to];
  }

  /** Moves the slot from master to master, until the master of this index owns it. */
  async moveTo(index: number): Promise<void> {
    while ((await this.ownerIndex()) !== index) {
      await this.open();
      await this.finish();
    }
  }

  /** Moves one key. Fails if both nodes have the key (`BUSYKEY`). */
  async moveKey(key: string): Promise<void> {
    const [from, to] = this.openEnds();
    await from.call('MIGRATE', '127.0.0.1', to.options.port ?? 0, key, 0, MIGRATE_TIMEOUT_MS);
  }

  /** Moves up to this many keys that are left, by one command. Returns how many have moved. */
  async moveKeys(count: number): Promise<number> {
    const [from, to] = this.openEnds();
    const keys = await from.cluster('GETKEYSINSLOT', this.slot, count);
    const port = to.options.port ?? 0;
    if (keys.length > 0) await from.call('MIGRATE', '127.0.0.1', port, '', 0, MIGRATE_TIMEOUT_MS, 'KEYS', ...keys);
    return keys.length;
  }

  /**
   * Moves the keys that are left, and closes the slot.
   *
   * @param pauseMs time between two keys
   * @param pausesForMs after this time, the keys that are left move without pauses
   * @returns number of keys that moved
   */
  async finish(pauseMs = 0, pausesForMs = Infinity): Promise<number> {
    const [from, to] = this.openEnds();
    const pausesUntilMs = performance.now() + pausesForMs;
    const pauses = (): boolean => pauseMs > 0 && performance.now() < pausesUntilMs;
    let moved = 0;
    for (let count: number; (count = await this.moveKeys(pauses() ? 1 : KEYS_AT_ONCE)) > 0; moved += count)
      if (pauses()) await sleep(pauseMs);
    const owner = await to.cluster('MYID');
    for (const client of [to, from, ...this.clients]) await client.call('CLUSTER', 'SETSLOT', this.slot, 'NODE', owner);
    this.ends = undefined;
    return moved;
  }

  private openEnds(): readonly [from: Redis, to: Redis] {
    if (this.ends === undefined) throw new Error('open the slot first');
    return this.ends;
  }

  private keysOf(client: Redis): Promise<string[]> {
    return client.cluster('GETKEYSINSLOT', this.slot, 1_000_000);
  }

  /** The index of the master that owns the slot. */
  ownerIndex(): Promise<number> {
    return eventually(async () => {
      const ranges = (await this.clients[0]?.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][];
      const owner = ranges.find(([first, last]) => first <= this.slot && this.slot <= last)?.[2][2];
      // A node may announce another port than its own, so its id counts.
      const ids = await Promise.all(this.clients.map((client) => client.cluster('MYID')));
      const index = ids.findIndex((id) => id === owner);
      if (index < 0) throw new Error(`no master owns slot ${this.slot}`);
      return index;
    });
  }
}
