import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_UNHEARD_MS } from '../../src/messaging/event-bus.js';
import type { RedisEventBus } from '../../src/messaging/redis-event-bus.js';
import type { Redis as RegionRedis } from '../../src/platform/redis/redis.js';
import { eventually } from '../support/eventually.js';
import { createRedis } from '../support/create-redis.js';
import { startRedis, startRedisCluster, type TestRedis } from '../support/redis-server.js';
import { openRedisEventBus, sharedRedisUrl, untilHeard } from '../support/redis-store.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import { eventBusContract, type BusUnderTest } from './event-bus.contract.js';

interface OpenedBus {
  readonly redis: RegionRedis;
  readonly bus: RedisEventBus;
}

async function openBus(urls: readonly string[], region: string): Promise<OpenedBus> {
  const redis = createRedis(urls, { timeoutMs: 1000 });
  await redis.connected();
  const bus = openRedisEventBus(redis, region);
  await untilHeard(bus);
  return { redis, bus };
}

function closeBus({ redis, bus }: OpenedBus): void {
  bus.close();
  redis.close();
}

async function busesOn(urls: readonly string[], stopServer: () => Promise<void>): Promise<BusUnderTest> {
  const region = randomUUID();
  const [first, second] = [await openBus(urls, region), await openBus(urls, region)];
  const close = async (): Promise<void> => {
    closeBus(first);
    closeBus(second);
    await stopServer();
  };
  return { bus: first.bus, other: second.bus, region, close };
}

eventBusContract('RedisEventBus', () => busesOn([sharedRedisUrl()], () => Promise.resolve()));

eventBusContract('RedisEventBus on a cluster', async () => {
  const cluster = await startRedisCluster();
  return busesOn(cluster.urls, () => cluster.stop());
});

describe('RedisEventBus', () => {
  let server: TestRedis;
  let proxy: ChaosProxy;
  let client: Redis;
  let region: string;
  let opened: OpenedBus;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    proxy = await startProxy(server.port);
    region = randomUUID();
    opened = await openBus([proxy.url()], region);
  });
  afterEach(async () => {
    await proxy.pass();
    closeBus(opened);
    await proxy.stop();
  });

  it('reports a loss at once when its connection breaks, and is not heard until it has subscribed again', async () => {
    let losses = 0;
    opened.bus.onLoss(() => (losses += 1));
    await proxy.refuse();
    await eventually(() => expect(losses).toBeGreaterThanOrEqual(1));
    expect(opened.bus.isHeard()).toBe(false);
    await proxy.pass();
    await untilHeard(opened.bus);
    expect(losses).toBeGreaterThanOrEqual(2);
  });

  it('is no longer heard when its connection has been silent for `MAX_UNHEARD_MS`', async () => {
    await proxy.hang();
    await eventually(() => expect(opened.bus.isHeard()).toBe(false), { withinMs: MAX_UNHEARD_MS + 2000 });
    await proxy.pass();
    await untilHeard(opened.bus);
  });

  it('stays heard while no event is published', async () => {
    await new Promise((resolve) => setTimeout(resolve, MAX_UNHEARD_MS + 500));
    await untilHeard(opened.bus);
  });

  it('ignores messages of other programs and of earlier versions', async () => {
    const keys: string[] = [];
    opened.bus.subscribe('entry.deleted', ({ data }) => keys.push(data.key));
    const event = opened.bus.createEvent('entry.deleted', '10001', { key: 'known' });
    const strange = ['', '{', 'null', '7', '[]', '-cust:customer:10001:a4f8', `beat ${randomUUID()} 17`];
    const incomplete = [
      { ...event, type: 'entry.unknown' },
      { ...event, type: 'toString' },
      { ...event, data: {} },
    ];
    const wrong = [{ ...event, data: { key: 7 } }, { ...event, id: 7 }, { type: 'heartbeat' }];
    for (const message of [...strange, ...[...incomplete, ...wrong].map((each) => JSON.stringify(each))])
      await client.publish(opened.bus.channel, message);
    await client.publish(opened.bus.channel, opened.bus.encode(event));
    await eventually(() => expect(keys).toContain('known'));
    expect(keys).toEqual(['known']);
  });

  it('is not heard because of the heartbeats of another process', async () => {
    await proxy.hang();
    await eventually(() => expect(opened.bus.isHeard()).toBe(false));
    const direct = await openBus([server.url], region);
    expect(opened.bus.isHeard()).toBe(false);
    expect(direct.bus.isHeard()).toBe(true);
    closeBus(direct);
  });

  it('is heard again through another node when the only node of its URLs is gone', async () => {
    const cluster = await startRedisCluster();
    const [first, ...others] = cluster.nodes;
    const admin = others.map(({ url }) => new Redis(url));
    for (const node of admin) await node.config('SET', 'cluster-require-full-coverage', 'no');
    const clustered = await openBus([first?.url ?? ''], region);
    await first?.kill();
    // By now a heartbeat that the first node delivered no longer counts.
    await delay(MAX_UNHEARD_MS + 100);
    await untilHeard(clustered.bus);
    closeBus(clustered);
    for (const node of admin) node.disconnect();
    await cluster.stop();
  });

  it('notices every loss on one server and not in a cluster', async () => {
    expect(opened.bus.noticesEveryLoss).toBe(true);
    const cluster = await startRedisCluster();
    const clustered = await openBus(cluster.urls, region);
    expect(clustered.bus.noticesEveryLoss).toBe(false);
    closeBus(clustered);
    await cluster.stop();
  });
});
