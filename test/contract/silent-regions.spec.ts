import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { wholeState, type Availability } from '../../src/contracts/agent-report.js';
import type { AgentStore } from '../../src/modules/agent-state/store/agent-store.js';
import { openAgentStores, TestRegions } from '../support/agent-stores.js';
import { monitored } from '../support/redis-monitor.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

const OPTIONS = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 3_600_000 };
const EIGHT_DAYS_MS = 691_200_000;

describe('what Redis holds about the regions of agents', () => {
  const regions = new TestRegions();
  let server: TestRedis;
  let client: Redis;
  let store: AgentStore;
  let close: () => void;
  let tenant: string;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
    const opened = await openAgentStores([server.url], undefined, regions);
    store = opened.open(OPTIONS);
    ({ close } = opened);
  });
  beforeEach(() => {
    tenant = randomUUID();
    regions.silence([]);
  });
  afterAll(async () => {
    client.disconnect();
    close();
    await server.stop();
  });

  const keyOf = (name: string): string => `agents:{${tenant}}:${name}`;
  const report = (agentId: string, region: string, agoMs: number, availability: Availability = 'free') =>
    store.applyReport({
      ...{ tenant, agentId, eventHash: undefined, platform: 'genesys', region },
      parts: wholeState(availability, Date.now() - agoMs, availability),
    });
  const ready = async (agentId: string, region: string, agoMs: number): Promise<void> => {
    await store.join({ tenant, queueId: 'q', agentId }, 0);
    await report(agentId, region, agoMs);
  };
  const claim = async (): Promise<string | undefined> => {
    const result = await store.claim({ tenant, queueId: 'q', call: undefined, token: randomUUID() });
    return result.kind === 'none' ? undefined : result.claim.agentId;
  };
  const silenceEuAndClaim = async (): Promise<void> => {
    regions.silence(['eu']);
    expect(await claim()).toBeUndefined();
  };

  it('names the other region of an agent with a TTL, and nothing of this region', async () => {
    await ready('a', 'eu', 3000);
    await ready('b', 'here', 2000);
    expect(await client.hgetall(keyOf('regions'))).toEqual({ ':': 'here', a: 'eu' });
    expect(await client.pttl(keyOf('regions'))).toBeGreaterThan(EIGHT_DAYS_MS);
    await report('a', 'here', 1000);
    expect(await client.hgetall(keyOf('regions'))).toEqual({ ':': 'here' });
  });

  it('keeps the region of the newest register when an older report arrives', async () => {
    await ready('a', 'eu', 1000);
    await report('a', 'us', 2000);
    expect(await client.hgetall(keyOf('regions'))).toMatchObject({ a: 'eu' });
  });

  it('remembers the agents that claims took out, with a TTL, until they are restored', async () => {
    await ready('a', 'eu', 3000);
    await ready('b', 'eu', 2000);
    await silenceEuAndClaim();
    expect(await client.zrange(keyOf('silenced'), 0, -1)).toEqual(['eu a', 'eu b']);
    expect(await client.pttl(keyOf('silenced'))).toBeGreaterThan(EIGHT_DAYS_MS);
    expect(await client.exists(`queue:{${tenant}}:q:idle`)).toBe(0);
    regions.silence([]);
    expect(await store.restore(tenant)).toBe(false);
    expect(await client.exists(keyOf('silenced'))).toBe(0);
    expect([await claim(), await claim()]).toEqual(['a', 'b']);
  });

  it('forgets the region of a deleted agent, and that a claim took the agent out', async () => {
    await ready('a', 'eu', 1000);
    await silenceEuAndClaim();
    await client.zadd(keyOf('known'), Date.now() - EIGHT_DAYS_MS, 'a');
    await store.sweep(tenant);
    expect(await client.hgetall(keyOf('regions'))).toEqual({ ':': 'here' });
    expect(await client.exists(keyOf('silenced'))).toBe(0);
  });

  it('counts an agent of the version before, whose region it does not hold, as heard', async () => {
    await ready('a', 'eu', 1000);
    await client.del(keyOf('regions'));
    regions.silence(['eu']);
    expect(await claim()).toBe('a');
  });

  it('holds the region of such an agent after the agent is settled', async () => {
    await ready('a', 'eu', 1000);
    await client.del(keyOf('regions'));
    const ordinal = (await client.hget(`agent:{${tenant}}:a:queues`, '#')) ?? '';
    await client.zadd(`queue:{${tenant}}:q:idle`, 0, `0000001${ordinal}`);
    await client.zadd(keyOf('known'), 1, 'a');
    expect(await claim()).toBe('a');
    expect(await client.hgetall(keyOf('regions'))).toMatchObject({ a: 'eu' });
  });

  it('restores a limited number of agents at a time, and reads past a silent region in one step', async () => {
    await Promise.all(Array.from({ length: 150 }, (_, index) => ready(`eu${index}`, 'eu', 5000)));
    await Promise.all(Array.from({ length: 150 }, (_, index) => ready(`us${index}`, 'us', 5000)));
    regions.silence(['eu', 'us']);
    expect(await claim()).toBeUndefined();
    regions.silence(['eu']);
    expect(await store.restore(tenant)).toBe(true);
    expect(await client.zcard(keyOf('silenced'))).toBe(200);
    expect(await store.restore(tenant)).toBe(false);
    expect(await client.zcard(keyOf('silenced'))).toBe(150);
    expect(await client.zcard(`queue:{${tenant}}:q:idle`)).toBe(150);
  });

  /** The commands that Redis executes for a claim, on other keys than the roster. */
  async function commandsOfClaim(): Promise<string[]> {
    const commands = await monitored(client, claim);
    const ofTenant = commands.filter(({ isFromScript, args }) => isFromScript && args[1]?.includes(tenant));
    return ofTenant
      .filter(({ args: [, key] }) => key !== keyOf('roster'))
      .map(({ args: [command = ''] }) => command.toLowerCase());
  }

  it('costs a claim no command while no region is silent, and one per agent without a recent report', async () => {
    for (const id of ['a', 'b', 'c']) await ready(id, 'eu', 1000);
    expect(await commandsOfClaim()).toEqual([
      ...['zrange', 'hmget', 'zrange', 'hexists', 'zscore', 'zadd', 'hset', 'pexpire', 'pexpire', 'setbit', 'zrem'],
    ]);
    regions.silence(['us'], 600_000);
    const recent = await commandsOfClaim();
    expect(recent.filter((command) => command === 'hget')).toEqual([]);
    regions.silence(['us']);
    expect((await commandsOfClaim()).filter((command) => command === 'hget')).toHaveLength(1);
  });
});
