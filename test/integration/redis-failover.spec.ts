import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis as Onlooker } from 'ioredis';
import { Redis } from '../../src/platform/redis/redis.js';
import type { RedisConnection } from '../../src/platform/redis/redis-connection.js';
import { eventually } from '../support/eventually.js';
import type { OpenHandles } from '../support/open-handles.js';
import { createRedis } from '../support/create-redis.js';
import { startRedisCluster, startReplica, type TestCluster, type TestRedis } from '../support/redis-server.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

/** The slots are shared out in three equal parts, in the order of the nodes: that of this key is in the first. */
const KEY = 'bar';

let before: OpenHandles;
let cluster: TestCluster;
let replica: TestRedis | undefined;
let redis: Redis;
let told: string[];
beforeEach(async () => {
  before = currentHandles();
  cluster = await startRedisCluster();
  told = [];
  const tell = (line: unknown): unknown => told.push(String(line));
  redis = createRedis(cluster.urls, { timeoutMs: 1000, log: { info: tell, warn: tell } });
  await redis.connected();
});
afterEach(async () => {
  redis.close();
  await replica?.stop();
  replica = undefined;
  await cluster.stop();
  await untilHandlesClosed(before);
});

function connection(): RedisConnection {
  if (redis.connection === undefined) throw new Error('there is no Redis');
  return redis.connection;
}

function first(): TestRedis {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('there is no node');
  return node;
}

const ask = (): Promise<unknown> => connection().run((client) => client.get(KEY), KEY);

async function loseIt(): Promise<void> {
  expect(await ask()).toBeNull();
  await first().kill();
  await eventually(async () => {
    await ask().catch(() => undefined);
    expect(connection().isUp).toBe(false);
  });
  await eventually(() => expect(told).toEqual([expect.stringMatching(/^Redis is unavailable/)]));
}

describe('a cluster that lost a node', () => {
  it('is whole again when another has taken over: the lost one is asked nothing any more', async () => {
    replica = await startReplica(first());
    await loseIt();

    const heir = new Onlooker(replica.port, '127.0.0.1');
    await heir.cluster('FAILOVER', 'TAKEOVER').finally(() => heir.disconnect());

    // On no node's account, so that the lost one is not credited with the answer of its heir.
    await eventually(async () => expect(await connection().run((client) => client.get(KEY))).toBeNull());
    await eventually(() => expect(told).toEqual([expect.stringMatching(/unavailable/), 'Redis is available again']));
    expect(connection().isUp).toBe(true);
  }, 120_000);

  it('is whole again when the node is back, although nobody asks for anything of it', async () => {
    await loseIt();

    await first().restart();

    await eventually(() => expect(told).toEqual([expect.stringMatching(/unavailable/), 'Redis is available again']));
  }, 120_000);
});
