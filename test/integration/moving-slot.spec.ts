import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis as Client } from 'ioredis';
import calculateSlot from 'cluster-key-slot';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/kernel/errors.js';
import type { RedisConnection } from '../../src/platform/redis/redis-connection.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { createRedis } from '../support/create-redis.js';
import { startEmptyNode, startRedisCluster, type TestCluster, type TestRedis } from '../support/redis-server.js';

/** Both keys are in the slot of the first node. */
const KEYS = ['{bar}:first', '{bar}:second'];
const SLOT = calculateSlot('{bar}');
const COUNT_BOTH = {
  name: 'countBoth',
  keys: 2,
  lua: "redis.call('INCR', KEYS[2]) return redis.call('INCR', KEYS[1])",
} as const;
const COUNT_FIRST = { name: 'countFirst', keys: 1, lua: "return redis.call('INCR', KEYS[1])" } as const;
const READ_FIRST = { name: 'readFirst', keys: 1, lua: "return redis.call('GET', KEYS[1])" } as const;

let cluster: TestCluster;
let empty: TestRedis;
let clients: Client[];
let redis: Redis;
let connection: RedisConnection;

beforeAll(async () => {
  cluster = await startRedisCluster();
  empty = await startEmptyNode(cluster);
  clients = [...cluster.nodes, empty].map(({ port }) => new Client(port, '127.0.0.1'));
}, 120_000);
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await empty.stop();
  await cluster.stop();
});
beforeEach(async () => {
  redis = createRedis(cluster.urls, { timeoutMs: 500 });
  await redis.connected();
  if (redis.connection === undefined) throw new Error('there is no Redis');
  connection = redis.connection;
  connection.define(COUNT_BOTH);
  connection.define(COUNT_FIRST);
  connection.define(READ_FIRST);
});
afterEach(async () => {
  redis.close();
  await settleSlot();
  await source().del(...KEYS);
});

const source = (): Client => clientOf(0);
const target = (): Client => clientOf(3);

function clientOf(at: number): Client {
  const client = clients[at];
  if (client === undefined) throw new RangeError(`there is no node ${at}`);
  return client;
}

/** Opens the slot: keys that the first node lacks are asked of the empty node. */
async function openSlot(): Promise<void> {
  await target().call('CLUSTER', 'SETSLOT', SLOT, 'IMPORTING', await source().cluster('MYID'));
  await source().call('CLUSTER', 'SETSLOT', SLOT, 'MIGRATING', await target().cluster('MYID'));
}

async function settleSlot(): Promise<void> {
  await source().call('CLUSTER', 'SETSLOT', SLOT, 'STABLE');
  await target().call('CLUSTER', 'SETSLOT', SLOT, 'STABLE');
}

describe('RedisConnection to a cluster whose slot moves', () => {
  it('sends a script again until the slot has settled, and the script runs once', async () => {
    await source().set(KEYS[0] ?? '', 10);
    await openSlot();
    const pending = connection.call(COUNT_BOTH, KEYS, []);
    await delay(100);
    await settleSlot();

    expect(await pending).toBe(11);
    await delay(200);
    expect(await source().get(KEYS[0] ?? '')).toBe('11');
    expect(connection.isUp).toBe(true);
  });

  it('refuses a script whose slot moves for longer than the caller waits, and never runs it later', async () => {
    await source().set(KEYS[0] ?? '', 10);
    await openSlot();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => connection.call(COUNT_BOTH, KEYS, [])));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(StoreUnavailable) });
    await settleSlot();

    await delay(300);
    expect(await source().get(KEYS[0] ?? '')).toBe('10');
    // The node answered, so commands of other callers are still sent to it.
    expect(connection.isUp).toBe(true);
    expect(await connection.call(READ_FIRST, KEYS.slice(0, 1), [])).toBe('10');
  });

  it('waits for the slot as long as the caller of callWithin allows', async () => {
    await source().set(KEYS[0] ?? '', 10);
    await openSlot();
    const pending = connection.callWithin(5000, COUNT_BOTH, KEYS, []);
    await delay(900);
    await settleSlot();

    expect(await pending).toBe(11);
  });

  it('asks a node that it never used for keys that have moved there', async () => {
    await openSlot();

    expect(await connection.call(COUNT_FIRST, KEYS.slice(0, 1), [])).toBe(1);
    expect(await target().call('CLUSTER', 'COUNTKEYSINSLOT', SLOT)).toBe(1);
    expect(await connection.call(COUNT_FIRST, KEYS.slice(0, 1), [])).toBe(2);
    await target().flushall();
  });
});
