import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import calculateSlot from 'cluster-key-slot';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedisCluster, type TestCluster } from '../../support/redis-server.js';
import { ADA } from './crm.js';
import { INPUTS, Scene } from './scene.js';

const MIGRATES_WITHIN_MS = 5000;
/** The changes of the customer during the moves. */
const CHANGES = 60;

let cluster: TestCluster;
let nodes: Redis[];
let scene: Scene;
/** Moves that a test has begun and not finished. */
const openMoves: SlotMove[] = [];
beforeAll(async () => {
  cluster = await startRedisCluster();
  nodes = cluster.nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
});
afterAll(async () => {
  for (const node of nodes) node.disconnect();
  await cluster.stop();
});
beforeEach(async () => {
  const url = cluster.urls.join(',');
  scene = await Scene.open({ store: [url, url], env: { REDIS_TIMEOUT_MS: '50' } });
});
afterEach(async () => {
  for (const move of openMoves.splice(0)) await move.finish();
  await scene.stop();
});

/** The move of a slot to the next node, step by step, as `redis-cli --cluster reshard` does it. */
class SlotMove {
  private constructor(
    private readonly slot: number,
    private readonly source: Redis,
    private readonly target: Redis,
  ) {}

  static async begin(slot: number): Promise<SlotMove> {
    const owner = await ownerOf(slot);
    const [source, target] = [nodes[owner], nodes[(owner + 1) % nodes.length]];
    if (source === undefined || target === undefined) throw new Error('no node owns the slot');
    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await source.cluster('MYID'));
    await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await target.cluster('MYID'));
    const move = new SlotMove(slot, source, target);
    openMoves.push(move);
    return move;
  }

  async moveKeys(count: number): Promise<number> {
    const keys = (await this.source.call('CLUSTER', 'GETKEYSINSLOT', this.slot, count)) as string[];
    const { port = 0 } = this.target.options;
    if (keys.length > 0)
      await this.source.call('MIGRATE', '127.0.0.1', port, '', 0, MIGRATES_WITHIN_MS, 'KEYS', ...keys);
    return keys.length;
  }

  async finish(): Promise<void> {
    while ((await this.moveKeys(10)) > 0);
    const id = await this.target.cluster('MYID');
    for (const node of [this.target, this.source, ...nodes])
      await node.call('CLUSTER', 'SETSLOT', this.slot, 'NODE', id);
    if (openMoves.includes(this)) openMoves.splice(openMoves.indexOf(this), 1);
  }
}

async function ownerOf(slot: number): Promise<number> {
  const ranges = (await nodes[0]?.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][];
  const [, , [, port]] = ranges.find(([from, to]) => from <= slot && slot <= to) ?? [0, 0, ['', 0, '']];
  return cluster.nodes.findIndex((node) => node.port === port);
}

async function keysOf(pattern: string): Promise<string[]> {
  return (await Promise.all(nodes.map((node) => node.keys(pattern)))).flat();
}

/** The slots of an invalidation of Ada: of the tenant's epoch, and of the customer's index. */
async function slotsOfAda(): Promise<number[]> {
  const [index = ''] = await keysOf('cust-index:{customers:*');
  return [calculateSlot('{10001}'), calculateSlot(index)];
}

function rename(version: number): string {
  scene.crm.add({ ...ADA, lastName: `Version ${version}` });
  return `Ada Version ${version}`;
}

describe('an invalidation while slots of a cluster move', () => {
  it.each([0, 1, 1000])(
    'an invalidation is processed while its slots are open and %i keys have moved',
    async (moved) => {
      for (const input of INPUTS) await scene.askAndStore(input);
      for (const slot of await slotsOfAda()) await (await SlotMove.begin(slot)).moveKeys(moved);
      for (let version = 1; version <= 5; version += 1) {
        const name = rename(version);
        const eventId = randomUUID();
        expect(await scene.invalidate({ eventId })).toMatchObject({ status: 200, json: { duplicate: false } });
        const again = await scene.invalidate({ eventId }, 1);
        expect(again).toMatchObject({ status: 200, json: { duplicate: true } });
        for (const [at, input] of INPUTS.entries())
          expect((await scene.askAndStore(input, at % 2)).json).toMatchObject({ displayName: name });
      }
    },
  );

  it('no invalidation is refused, and no later read is old, while all slots of a customer move under load', async () => {
    await scene.askAndStore();
    const refused: number[] = [];
    const old: string[] = [];
    let [version, moves, isMoving] = [0, 0, true];
    const change = async (at: number): Promise<void> => {
      while (isMoving) {
        version += 1;
        const mine = version;
        rename(mine);
        const { status } = await scene.invalidate({ eventId: randomUUID() }, at);
        if (status !== 200) refused.push(status);
        const { json } = await scene.ask('phone', 1 - at);
        const read = Number(/\d+$/.exec(String(json?.displayName))?.[0]);
        if (status === 200 && read < mine) old.push(`${read} after ${mine}`);
      }
    };
    const load = Promise.all([change(0), change(1)]);
    while (version < CHANGES)
      for (const slot of await slotsOfAda()) {
        const move = await SlotMove.begin(slot);
        while ((await move.moveKeys(1)) > 0) await sleep(5);
        await move.finish();
        moves += 1;
      }
    isMoving = false;
    await load;
    expect({ refused, old }).toEqual({ refused: [], old: [] });
    expect(moves).toBeGreaterThanOrEqual(2);
  });
});
