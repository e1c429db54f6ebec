import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { wholeState } from '../../src/contracts/agent-report.js';
import type { AgentStore } from '../../src/modules/agent-state/store/agent-store.js';
import { openAgentStores, TestRegions } from '../support/agent-stores.js';
import { monitored } from '../support/redis-monitor.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { inconsistencies } from '../support/stored-agents.js';

const OPTIONS = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 3_600_000 };
const AGENTS = ['a', 'b', 'c'] as const;
const WRITES = new Set(['hset', 'hdel', 'hincrby', 'zadd', 'zrem', 'del', 'pexpire']);

describe('a script of the agent store that ends after some of its writes', () => {
  const regions = new TestRegions();
  let server: TestRedis;
  let client: Redis;
  let store: AgentStore;
  let close: () => void;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
    const opened = await openAgentStores([server.url], undefined, regions);
    store = opened.open(OPTIONS);
    ({ close } = opened);
  });
  afterAll(async () => {
    client.disconnect();
    close();
    await server.stop();
  });

  const report = (tenant: string, agentId: string, region: string, agoMs: number) =>
    store.applyReport({
      ...{ tenant, agentId, eventHash: undefined, platform: 'genesys', region },
      parts: wholeState('free', Date.now() - agoMs, 'free'),
    });
  const claim = (tenant: string) => store.claim({ tenant, queueId: 'q', call: undefined, token: randomUUID() });

  async function arrange(tenant: string): Promise<void> {
    regions.silence([]);
    for (const [index, agentId] of AGENTS.entries()) {
      for (const queueId of ['q', 'r']) await store.join({ tenant, queueId, agentId }, index);
      await report(tenant, agentId, index === 2 ? 'us' : 'eu', 9000 - index * 1000);
    }
  }

  type Content = readonly (readonly [key: string, dump: Buffer, ttlMs: number])[];
  async function contentOf(tenant: string): Promise<Content> {
    const keys = await client.keys(`*{${tenant}}*`);
    return Promise.all(
      keys.map(async (key) => [key, await client.dumpBuffer(key), Math.max(0, await client.pttl(key))]),
    );
  }
  async function restoreContent(tenant: string, content: Content): Promise<void> {
    for (const key of await client.keys(`*{${tenant}}*`)) await client.del(key);
    for (const [key, dump, ttlMs] of content) await client.restore(key, ttlMs, dump);
  }

  /** The writes of the last script that an operation runs. */
  async function writesOf(tenant: string, operation: () => Promise<unknown>): Promise<(readonly string[])[]> {
    const commands = await monitored(client, operation);
    const ofTenant = commands.filter(({ isFromScript, args }) => isFromScript && args[1]?.includes(tenant));
    return ofTenant.map(({ args }) => args).filter(([command = '']) => WRITES.has(command.toLowerCase()));
  }

  /** Settles every agent, as the restoration does for agents that claims took out. */
  async function settleAll(tenant: string): Promise<void> {
    regions.silence([]);
    for (const agentId of AGENTS) await client.zadd(`agents:{${tenant}}:silenced`, 0, `any ${agentId}`);
    while (await store.restore(tenant));
  }

  async function regionsInRegisters(tenant: string): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const agentId of AGENTS) {
      const { region = '' } = (await store.read(tenant, agentId)) ?? {};
      if (region !== 'here') found[agentId] = region;
    }
    return found;
  }

  it.each<[string, string[], (tenant: string) => Promise<unknown>]>([
    ['a claim past agents of a silent region', ['eu'], claim],
    ['a claim that finds only agents of silent regions', ['eu', 'us'], claim],
    ['a report of another region', [], (tenant) => report(tenant, 'c', 'eu', 10)],
    ['a report of this region', [], (tenant) => report(tenant, 'a', 'here', 10)],
    [
      'a restoration',
      [],
      async (tenant) => {
        await client.zadd(`agents:{${tenant}}:silenced`, 0, 'eu a');
        await client.zrem(`queue:{${tenant}}:q:idle`, ...(await client.zrange(`queue:{${tenant}}:q:idle`, 0, 0)));
        await store.restore(tenant);
      },
    ],
  ])('is repaired by the next script that settles the agent: %s', async (_name, silent, operation) => {
    const tenant = randomUUID();
    await arrange(tenant);
    const before = await contentOf(tenant);
    regions.silence(silent);
    const writes = await writesOf(tenant, () => operation(tenant));
    expect(writes.length).toBeGreaterThan(1);
    for (let count = 1; count <= writes.length; count += 1) {
      await restoreContent(tenant, before);
      for (const [command = '', ...args] of writes.slice(0, count)) await client.call(command, ...args);
      await settleAll(tenant);
      expect(await inconsistencies(client, tenant, AGENTS)).toEqual([]);
      const held = await client.hgetall(`agents:{${tenant}}:regions`);
      expect(held).toEqual({ ':': 'here', ...(await regionsInRegisters(tenant)) });
    }
  });
});
