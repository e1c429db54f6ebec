import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis as Client } from 'ioredis';
import { Redis } from '../../src/platform/redis/redis.js';
import type { RedisConnection } from '../../src/platform/redis/redis-connection.js';
import { eventually } from '../support/eventually.js';
import type { OpenHandles } from '../support/open-handles.js';
import { createRedis } from '../support/create-redis.js';
import { startRedisCluster, startReplica, type TestCluster, type TestRedis } from '../support/redis-server.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

/** A key of the first node. The nodes have equal thirds of the slots, in the order of the nodes. */
const KEY = 'bar';

let before: OpenHandles;
let cluster: TestCluster;
let replica: TestRedis | undefined;
let redis: Redis;
let logged: string[];
beforeEach(async () => {
  before = currentHandles();
  cluster = await startRedisCluster();
  logged = [];
  const record = (first: unknown, text?: string): void => {
    const line = text ?? String(first);
    if (line.startsWith('Redis is ')) logged.push(line);
  };
  redis = createRedis(cluster.urls, { timeoutMs: 1000, log: { info: record, warn: record } });
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

async function killFirstNode(): Promise<void> {
  expect(await ask()).toBeNull();
  await first().kill();
  await eventually(async () => {
    await ask().catch(() => undefined);
    expect(connection().isUp).toBe(false);
  });
  await eventually(() => expect(logged).toEqual([expect.stringMatching(/^Redis is unavailable/)]));
}

describe('RedisConnection to a cluster that lost a node', () => {
  it('reports the cluster as available when a replica has taken over the lost node', async () => {
    replica = await startReplica(first());
    await killFirstNode();

    const replacement = new Client(replica.port, '127.0.0.1');
    await replacement.cluster('FAILOVER', 'TAKEOVER').finally(() => replacement.disconnect());

    await eventually(async () => expect(await ask()).toBeNull());
    await eventually(() => expect(logged).toEqual([expect.stringMatching(/unavailable/), 'Redis is available again']));
    expect(connection().isUp).toBe(true);
  }, 120_000);

  it('reports the cluster as available when the node is back, even without a command', async () => {
    await killFirstNode();

    await first().restart();

    await eventually(() => expect(logged).toEqual([expect.stringMatching(/unavailable/), 'Redis is available again']));
  }, 120_000);
});
