import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { wholeState, type Availability } from '../../src/contracts/agent-report.js';
import type { AgentStore } from '../../src/modules/agent-state/store/agent-store.js';
import { openAgentStores } from '../support/agent-stores.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { inconsistencies } from '../support/stored-agents.js';

const OPTIONS = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 600_000 };

describe('the index of agents in Redis', () => {
  let server: TestRedis;
  let client: Redis;
  let store: AgentStore;
  let open: Awaited<ReturnType<typeof openAgentStores>>['open'];
  let close: () => void;
  let tenant: string;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
    const opened = await openAgentStores([server.url]);
    ({ open, close } = opened);
    store = open(OPTIONS);
  });
  afterAll(async () => {
    client.disconnect();
    close();
    await server.stop();
  });
  beforeEach(() => {
    tenant = randomUUID();
  });

  const report = (agentId: string, availability: Availability = 'free', agoMs = 1000) =>
    store.applyReport({
      ...{ tenant, agentId, eventHash: undefined, platform: 'genesys', region: 'eu' },
      parts: wholeState(availability, Date.now() - agoMs, availability),
    });
  const setSkill = (agentId: string, skill: string) =>
    store.setSkills({ tenant, agentId, source: 'declared', skills: new Map([[skill, 3]]), atMs: Date.now() });
  const claim = async (skill: string, preferred: string[] = []) => {
    const wanted = { evaluation: 'all' as const, requirements: [{ skill, minimum: 1 }], preferred };
    const result = await store.claim({ tenant, queueId: 'q', call: undefined, token: randomUUID(), wanted });
    return result.kind === 'none' ? undefined : result.claim.agentId;
  };
  const plainClaim = async (token: string) => {
    const result = await store.claim({ tenant, queueId: 'q', call: undefined, token });
    return result.kind === 'none' ? undefined : result.claim.agentId;
  };
  const availability = async () => {
    const { available, busy, offline } = await store.availability(tenant, 'q', []);
    return [available, busy, offline];
  };

  /** Members `a0` to `a99`, of which `a98` is busy and `a99` unknown. */
  async function fill(): Promise<string[]> {
    const agents = Array.from({ length: 100 }, (_, index) => `a${index}`);
    await Promise.all(agents.map((agentId) => store.join({ tenant, queueId: 'q', agentId }, 1)));
    await Promise.all(agents.slice(0, 99).map((agentId, index) => report(agentId, 'free', 9000 - index)));
    await report('a98', 'busy', 10);
    return agents;
  }

  /** Deletes what an earlier version does not store. */
  async function toEarlierLayout(): Promise<void> {
    const keys = await client.keys(`*{${tenant}}*`);
    const ofIndex = keys.filter((key) =>
      /-bits$|:(?:roster|ordinals|scratch|spare|skill-names|idle)$|:skill:/.test(key),
    );
    expect(ofIndex.length).toBeGreaterThan(5);
    await client.del(...ofIndex);
    const memberships = keys.filter((key) => key.endsWith(':queues'));
    await Promise.all(memberships.map((key) => client.hdel(key, '#')));
    // A new process reads what the earlier version left behind.
    store = open(OPTIONS);
  }

  it('is built for a queue of an earlier version by the first claim by skill', async () => {
    const agents = await fill();
    await toEarlierLayout();
    await setSkill('a97', 'spanish');
    expect(await claim('spanish')).toBe('a97');
    expect(await availability()).toEqual([97, 2, 1]);
    expect(await inconsistencies(client, tenant, agents)).toEqual([]);
  });

  it('is built for a queue of an earlier version by the first availability, and for a preferred agent', async () => {
    const agents = await fill();
    await toEarlierLayout();
    expect(await availability()).toEqual([98, 1, 1]);
    await setSkill('a1', 'spanish');
    await toEarlierLayout();
    await setSkill('a1', 'spanish');
    expect(await claim('spanish', ['a2', 'a1'])).toBe('a1');
    expect(await inconsistencies(client, tenant, agents)).toEqual([]);
  });

  it('is built for a queue of an earlier version by the first claim without skills, in the same order', async () => {
    const agents = await fill();
    await toEarlierLayout();
    const first = await Promise.all([1, 2, 3].map((n) => plainClaim(`t${n}`)));
    expect(first.toSorted()).toEqual(['a0', 'a1', 'a2']);
    expect(await plainClaim('t4')).toBe('a3');
    expect(await inconsistencies(client, tenant, agents)).toEqual([]);
  });

  it('lets claims, releases and reports of agents of an earlier version go on', async () => {
    const agents = await fill();
    const locked = await store.claim({ tenant, queueId: 'q', call: undefined, token: 'before' });
    await toEarlierLayout();
    expect(locked).toMatchObject({ kind: 'claimed', claim: { agentId: 'a0' } });
    expect(await store.confirm({ tenant, agentId: 'a0', token: 'before' })).toBeGreaterThan(0);
    expect(await store.release({ tenant, agentId: 'a0', token: 'before' }, 'failed')).toBe(true);
    expect(await store.claim({ tenant, queueId: 'q', call: undefined, token: 'after' })).toMatchObject({
      claim: { agentId: 'a0', queueId: 'q' },
    });
    await report('a1', 'busy', 0);
    await store.leave({ tenant, queueId: 'q', agentId: 'a2' });
    expect(await availability()).toEqual([95, 3, 1]);
    expect(await inconsistencies(client, tenant, agents)).toEqual([]);
  });

  it('is repaired by sweeps after a process of an earlier version changed members and states', async () => {
    const agents = (await fill()).filter((agentId) => agentId !== 'a5');
    await setSkill('a96', 'spanish');
    // As the scripts of the earlier version do it: `a5` leaves, `new` joins, and `a96` is released.
    const key = `queue:{${tenant}}:q`;
    await client.zrem(`${key}:agents`, 'a5');
    await client.del(`agent:{${tenant}}:a5:queues`);
    await client.zadd(`${key}:agents`, 1, 'new');
    await client.hset(`agent:{${tenant}}:new:queues`, 'q', '000001.000');
    const ordinal = Number(await client.hget(`agent:{${tenant}}:a96:queues`, '#'));
    await client.setbit(`agents:{${tenant}}:free-bits`, ordinal, 0);
    await report('new');
    for (let sweeps = 0; sweeps < 3; sweeps += 1) await store.sweep(tenant);
    expect(await claim('spanish')).toBe('a96');
    expect(await availability()).toEqual([97, 2, 1]);
    // The ordinal of `a5` stays in use until the agent joins a queue again.
    expect(await inconsistencies(client, tenant, [...agents, 'new'])).toEqual(['a5 has an entry']);
  });

  it('uses the ordinals of agents without queues and skills again, and deletes bitmaps of lost skills', async () => {
    const countOrdinals = (): Promise<number> => client.bitcount(`agents:{${tenant}}:ordinals`);
    await fill();
    await setSkill('a0', 'spanish');
    for (let index = 0; index < 50; index += 1) await store.leave({ tenant, queueId: 'q', agentId: `a${index}` });
    expect(await countOrdinals()).toBe(51);
    for (let index = 0; index < 49; index += 1) await store.join({ tenant, queueId: 'other', agentId: `b${index}` }, 1);
    expect(await countOrdinals()).toBe(100);
    expect(await client.strlen(`agents:{${tenant}}:ordinals`)).toBe(13);
    await store.setSkills({ tenant, agentId: 'a0', source: 'declared', skills: new Map(), atMs: Date.now() + 1 });
    expect(await client.keys(`agents:{${tenant}}:skill:*`)).toEqual([]);
    // The time of the last skills refuses older ones, so the agent keeps its record.
    expect(await countOrdinals()).toBe(100);
  });

  it('keeps claims by skill right after an ordinal has passed to another agent', async () => {
    for (const agentId of ['a', 'b']) {
      await store.join({ tenant, queueId: 'q', agentId }, 1);
      await report(agentId);
    }
    await setSkill('a', 'spanish');
    await store.setSkills({ tenant, agentId: 'a', source: 'declared', skills: new Map(), atMs: Date.now() + 1 });
    await store.leave({ tenant, queueId: 'q', agentId: 'a' });
    await store.join({ tenant, queueId: 'q', agentId: 'c' }, 1);
    await report('c');
    expect(await claim('spanish')).toBeUndefined();
    await setSkill('c', 'spanish');
    expect(await claim('spanish')).toBe('c');
    expect(await inconsistencies(client, tenant, ['a', 'b', 'c'])).toEqual([]);
  });
});
