import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import calculateSlot from 'cluster-key-slot';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.js';
import { createTopics, topicPrefix } from '../../support/kafka-topics.js';
import { KAFKA_STARTS_WITHIN_MS } from '../../support/kafka.js';
import { clientsOf, MovingSlot } from '../../support/moving-slot.js';
import { startRedisCluster, type TestCluster } from '../../support/redis-server.js';
import { sharedKafka } from '../../support/shared-kafka.js';
import { ADA } from './crm.js';
import { INPUTS, Scene } from './scene.js';

/** The changes of the customer during the moves. */
const CHANGES = 60;

let cluster: TestCluster;
let nodes: Redis[];
let scene: Scene;
/** Moves that a test has begun. */
const openMoves: MovingSlot[] = [];
beforeAll(async () => {
  cluster = await startRedisCluster();
  nodes = clientsOf(cluster);
});
afterAll(async () => {
  for (const node of nodes) node.disconnect();
  await cluster.stop();
});
afterEach(async () => {
  for (const move of openMoves.splice(0)) if (move.isOpen) await move.finish();
  await scene.stop();
});

/** Opens a slot, which is finished after the test at the latest. */
async function begin(slot: number): Promise<MovingSlot> {
  const move = new MovingSlot(nodes, slot);
  await move.open();
  openMoves.push(move);
  return move;
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

/** A broker of the run, and topics that no other test has. */
async function shareLog(): Promise<Record<string, string>> {
  const address = await sharedKafka();
  const prefix = topicPrefix();
  await createTopics(address, prefix);
  return { KAFKA_BROKERS: address, KAFKA_TOPIC_PREFIX: prefix };
}

describe.each([
  ['a single region', () => Promise.resolve({})],
  ['a region that shares a log with others', shareLog],
])('an invalidation of %s while slots of a cluster move', (_kind, logOf) => {
  beforeEach(async () => {
    const url = cluster.urls.join(',');
    scene = await Scene.open({ store: [url, url], env: { REDIS_TIMEOUT_MS: '50', ...(await logOf()) } });
    // The outbox is sent as soon as a process has connected to the log.
    await eventually(() => scene.mustInvalidate({ customerId: 'another' }), { withinMs: 60_000 });
  }, KAFKA_STARTS_WITHIN_MS);

  it.each([0, 1, 1000])(
    'an invalidation is processed while its slots are open and %i keys have moved',
    async (moved) => {
      for (const input of INPUTS) await scene.askAndStore(input);
      for (const slot of await slotsOfAda()) await (await begin(slot)).moveKeys(moved);
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
        const move = await begin(slot);
        await move.finish(5);
        moves += 1;
      }
    isMoving = false;
    await load;
    expect({ refused, old }).toEqual({ refused: [], old: [] });
    expect(moves).toBeGreaterThanOrEqual(2);
  });
});
