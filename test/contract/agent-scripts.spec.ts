/** This file exceeds 220 lines because all operations share the arrangement of the agents. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import calculateSlot from 'cluster-key-slot';
import { Cluster, Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { wholeState, type Availability } from '../../src/contracts/agent-report.js';
import { StoreUnavailable } from '../../src/kernel/errors.js';
import type { Wanted } from '../../src/contracts/skills.js';
import type { AgentStore } from '../../src/modules/agent-state/store/agent-store.js';
import { NotExecuted } from '../../src/platform/redis/command-failure.js';
import { openAgentStores, TestRegions } from '../support/agent-stores.js';
import { eventually } from '../support/eventually.js';
import { clientsOf, MovingSlot } from '../support/moving-slot.js';
import { startRedis, startRedisCluster, type TestCluster, type TestRedis } from '../support/redis-server.js';
import { monitored } from '../support/redis-monitor.js';
import { inconsistencies } from '../support/stored-agents.js';

const OPTIONS = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 600_000 };
/** A store with these options sees each lock as expired. */
const EXPIRING = { ...OPTIONS, claimTtlMs: 1 };
const AGENTS = ['a', 'b', 'c', 'd'] as const;
const CALL = { callId: 'call', hash: 'call-hash', callerHash: 'caller-hash' };
const DAY_MS = 86_400_000;

interface Stores {
  readonly regions: TestRegions;
  readonly store: AgentStore;
  readonly expiring: AgentStore;
}
type Operation = (stores: Stores, tenant: string) => Promise<unknown>;

function report(
  store: AgentStore,
  tenant: string,
  agentId: string,
  availability: Availability,
  aheadMs = 0,
  region = 'eu',
) {
  const parts = wholeState(availability, Date.now() + aheadMs, availability);
  const from = { platform: 'genesys' as const, region, eventHash: randomUUID() };
  return store.applyReport({ tenant, agentId, parts, ...from });
}

/**
 * Agents `a` and `b` are free in the queues `q` and `r`. `c` has a confirmed lock with a call, and
 * `d` a pending one. They have skills, and so has `f`. A reading has put `a` and `b` into `read`.
 */
async function arrange({ store, regions }: Stores, tenant: string): Promise<void> {
  regions.silence([]);
  for (const [index, agentId] of AGENTS.entries()) {
    for (const queueId of ['q', 'r']) await store.join({ tenant, queueId, agentId }, index);
    await report(store, tenant, agentId, 'free', index - 1000);
  }
  for (const agentId of ['a', 'b']) await report(store, tenant, agentId, 'busy', -900);
  await store.claim({ tenant, queueId: 'q', call: CALL, token: 'held' });
  await store.confirm({ tenant, agentId: 'c', token: 'held' });
  await store.claim({ tenant, queueId: 'q', call: { ...CALL, hash: 'other' }, token: 'pending', pending: true });
  for (const agentId of ['a', 'b']) await report(store, tenant, agentId, 'free', -800);
  for (const agentId of AGENTS) await store.setSkills(skillsOf(tenant, agentId, 'spanish:3'));
  await store.setSkills(skillsOf(tenant, 'b', 'spanish:3 french:1'));
  await store.setSkills(skillsOf(tenant, 'f', 'spanish:3 german:1'));
  for (const agentId of ['a', 'b']) await store.join({ tenant, queueId: 'read', agentId }, 1, 'read', Date.now());
  await store.join({ tenant, queueId: 'read', agentId: 'a' }, 2);
  await store.join({ tenant, queueId: 'ruled', agentId: 'a' }, 500, 'declared-by-rule');
  await store.join({ tenant, queueId: 'ruled', agentId: 'd' }, 500, 'read-by-rule', Date.now());
  await store.setHireDate(tenant, 'a', '2020-02-29');
}

function skillsOf(tenant: string, agentId: string, text: string) {
  const words = text.split(' ').filter((word) => word !== '');
  const skills = new Map(words.map((word): [string, number] => [word.split(':')[0] ?? '', Number(word.slice(-1))]));
  return { tenant, agentId, source: 'declared' as const, skills, atMs: Date.now() };
}

const wanted = (evaluation: Wanted['evaluation'], ...skills: string[]): Wanted => ({
  ...{ evaluation, preferred: [] },
  requirements: skills.map((skill) => ({ skill, minimum: 1 })),
});

const claimOf = (tenant: string, queueId: string) => ({ tenant, queueId, call: undefined, token: 'new' });

async function setRuleScores(store: AgentStore, tenant: string, agentId: string): Promise<unknown> {
  const { version, scores } = await store.readRuleRecord(tenant, agentId, '2026-11-30');
  const all = ['unknown', ...scores.keys()].map((queueId): [string, number] => [queueId, 480]);
  return store.setRuleScores({ tenant, agentId, version, scores: new Map(all) });
}

/** Every change of the store, and the ways through its scripts. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  'a claim': ({ store }, tenant) => store.claim(claimOf(tenant, 'q')),
  'a claim with a call': ({ store }, tenant) =>
    store.claim({ ...claimOf(tenant, 'r'), call: { ...CALL, hash: 'new' } }),
  'a repeated claim': ({ store }, tenant) => store.claim({ ...claimOf(tenant, 'q'), call: CALL }),
  'a confirmation': ({ store }, tenant) => store.confirm({ tenant, agentId: 'd', token: 'pending' }),
  'a release': ({ store }, tenant) => store.release({ tenant, agentId: 'c', token: 'held' }, 'ended'),
  'a release that keeps the place': ({ store }, tenant) =>
    store.release({ tenant, agentId: 'c', token: 'held' }, 'failed'),
  'a rejected claim': ({ store }, tenant) => store.resolve({ tenant, agentId: 'd', token: 'pending' }, 'rejected'),
  'a verified claim': ({ store }, tenant) => store.resolve({ tenant, agentId: 'd', token: 'pending' }, 'verified'),
  'the end of a call': ({ store }, tenant) => store.endCall({ tenant, callHash: CALL.hash, eventHash: randomUUID() }),
  'a busy report': ({ store }, tenant) => report(store, tenant, 'a', 'busy'),
  'a later free report': ({ store }, tenant) => report(store, tenant, 'a', 'free'),
  'a report of a locked agent': ({ store }, tenant) => report(store, tenant, 'c', 'off'),
  'a report of a new agent': ({ store }, tenant) => report(store, tenant, 'e', 'free'),
  'a join': ({ store }, tenant) => store.join({ tenant, queueId: 'new', agentId: 'a' }, 3),
  'another priority score': ({ store }, tenant) => store.join({ tenant, queueId: 'q', agentId: 'a' }, 9),
  'a leave': ({ store }, tenant) => store.leave({ tenant, queueId: 'q', agentId: 'a' }),
  'an absence': async ({ store }, tenant) => {
    await store.markAbsent(tenant, 'a', Date.now() + 1000);
    await store.markAbsent(tenant, 'a', Date.now() + 2000);
  },
  'a read': ({ store }, tenant) => store.read(tenant, 'c'),
  'a page of a queue': ({ store }, tenant) => store.listMembers(tenant, 'q', 0, 10),
  'a claim past agents of a silent region': ({ store, regions }, tenant) => {
    regions.silence(['eu']);
    return store.claim(claimOf(tenant, 'q'));
  },
  'a report of another region': ({ store, regions }, tenant) => {
    regions.silence(['eu']);
    return report(store, tenant, 'a', 'free');
  },
  'a report of this region': ({ store, regions }, tenant) => {
    regions.silence([]);
    return report(store, tenant, 'a', 'free', 0, 'here');
  },
  'a restoration': async ({ store, regions }, tenant) => {
    regions.silence(['eu']);
    await store.claim(claimOf(tenant, 'q'));
    regions.silence([]);
    await store.restore(tenant);
  },
  'a claim by skill': ({ store }, tenant) => store.claim({ ...claimOf(tenant, 'q'), wanted: wanted('all', 'spanish') }),
  'a claim by skill for the best agent': ({ store }, tenant) =>
    store.claim({ ...claimOf(tenant, 'q'), wanted: wanted('best', 'spanish', 'french') }),
  'a claim by skill for a preferred agent': ({ store }, tenant) =>
    store.claim({ ...claimOf(tenant, 'q'), wanted: { ...wanted('disregard'), preferred: ['x', 'b'] } }),
  'a claim by a skill that no member has': ({ store }, tenant) =>
    store.claim({ ...claimOf(tenant, 'q'), wanted: wanted('all', 'spanish', 'unknown') }),
  'an availability': ({ store }, tenant) => store.availability(tenant, 'q', [{ skill: 'spanish', minimum: 2 }]),
  'other skills': ({ store }, tenant) =>
    store.setSkills({ ...skillsOf(tenant, 'a', 'french:2 new:1'), atMs: Date.now() + 1000 }),
  'skills of a new agent': ({ store }, tenant) => store.setSkills(skillsOf(tenant, 'e', 'spanish:2')),
  'the loss of all skills': ({ store }, tenant) =>
    store.setSkills({ ...skillsOf(tenant, 'f', ''), atMs: Date.now() + 1000 }),
  'a join by a reading': ({ store }, tenant) =>
    store.join({ tenant, queueId: 'new', agentId: 'a' }, 3, 'read', Date.now()),
  'a join of both sources': ({ store }, tenant) =>
    store.join({ tenant, queueId: 'q', agentId: 'a' }, 3, 'read', Date.now() + 1000),
  'the same join by a reading': ({ store }, tenant) =>
    store.join({ tenant, queueId: 'read', agentId: 'b' }, 1, 'read', Date.now() + 1000),
  'a leave of one source': ({ store }, tenant) => store.leave({ tenant, queueId: 'read', agentId: 'a' }),
  'a leave by a reading': ({ store }, tenant) =>
    store.leave({ tenant, queueId: 'read', agentId: 'b' }, 'read', Date.now() + 1000),
  'a confirmation that counts the call': ({ store }, tenant) =>
    store.confirm({ tenant, agentId: 'd', token: 'pending' }, '2026-11-30'),
  'a join without a score': ({ store }, tenant) =>
    store.join({ tenant, queueId: 'read', agentId: 'b' }, 500, 'declared-by-rule'),
  'a declaration after one without a score': ({ store }, tenant) =>
    store.join({ tenant, queueId: 'ruled', agentId: 'a' }, 7),
  'scores of the rule': ({ store }, tenant) => setRuleScores(store, tenant, 'a'),
  'scores of the rule for a locked agent': ({ store }, tenant) => setRuleScores(store, tenant, 'd'),
  'a sweep': ({ store }, tenant) => store.sweep(tenant),
};

describe('a script of the agent store', () => {
  const regions = new TestRegions();
  let server: TestRedis;
  let client: Redis;
  let opened: Awaited<ReturnType<typeof openAgentStores>>;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
    opened = await openAgentStores([server.url], undefined, regions);
  });
  afterAll(async () => {
    client.disconnect();
    opened.close();
    await server.stop();
  });

  const WRITES = new Set([
    'hset',
    'hdel',
    'hincrby',
    'zadd',
    'zrem',
    'set',
    'del',
    'incr',
    'decr',
    'setbit',
    'zremrangebyscore',
  ]);
  const KEYLESS = new Set(['time', 'info']);
  /** The keys and the steps of each script that the operation runs. */
  async function scriptsOf(operation: Operation, stores: Stores) {
    const tenant = randomUUID();
    await arrange(stores, tenant);
    const commands = await monitored(client, () => operation(stores, tenant));
    const scripts: { readonly keys: readonly string[]; readonly steps: (readonly string[])[] }[] = [];
    for (const { isFromScript, args } of commands) {
      const [command = '', , count = '', ...rest] = args;
      if (isFromScript) scripts.at(-1)?.steps.push(args);
      else if (/^eval/i.test(command)) scripts.push({ keys: rest.slice(0, Number(count)), steps: [] });
    }
    return scripts;
  }

  /** An expired lock and an old report, which only a sweep and a claim meet. */
  const expire: Operation = async ({ store, expiring }, tenant) => {
    await expiring.claim({ ...claimOf(tenant, 'q'), call: { ...CALL, hash: 'expired' } });
    await client.zadd(`agents:{${tenant}}:known`, Date.now() - 8 * DAY_MS, 'b');
    await store.claim(claimOf(tenant, 'q'));
    await store.sweep(tenant);
  };
  it.each(Object.entries({ ...OPERATIONS, 'the end of locks and agents': expire }))(
    'declares every key that it touches, and reads before it writes: %s',
    async (_name, operation) => {
      const stores = { regions, store: opened.open(OPTIONS), expiring: opened.open(EXPIRING) };
      for (const { keys, steps } of await scriptsOf(operation, stores)) {
        const touched = steps.filter(([command = '']) => !KEYLESS.has(command.toLowerCase()));
        const keysOf = ([command = '', first = '', ...rest]: readonly string[]): readonly string[] =>
          command.toLowerCase() === 'bitop' ? rest : [first];
        expect(touched.flatMap(keysOf).filter((key) => !keys.includes(key))).toEqual([]);
        const kinds = touched.map(([command = '']) => command.toLowerCase()).filter((command) => command !== 'pexpire');
        const firstWrite = kinds.findIndex((command) => WRITES.has(command));
        expect(firstWrite < 0 ? [] : kinds.slice(firstWrite).filter((command) => !WRITES.has(command))).toEqual([]);
      }
    },
  );
});

describe('an operation of the agent store while a slot moves', () => {
  const regions = new TestRegions();
  let cluster: TestCluster;
  let clients: Redis[];
  let client: Cluster;
  let opened: Awaited<ReturnType<typeof openAgentStores>>;
  let stores: Stores;
  beforeAll(async () => {
    cluster = await startRedisCluster();
    clients = clientsOf(cluster);
    client = new Cluster(cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
    opened = await openAgentStores(cluster.urls, 500, regions);
    stores = { regions, store: opened.open(OPTIONS), expiring: opened.open(EXPIRING) };
    // The client connects to a node when it first needs the node.
    const tenants = Array.from({ length: 30 }, () => randomUUID());
    await Promise.all(tenants.map((tenant) => eventually(() => stores.store.read(tenant, 'a'))));
  }, 120_000);
  afterAll(async () => {
    for (const each of [...clients, client]) each.disconnect();
    opened.close();
    await cluster.stop();
  });

  const slots = new Set<number>();
  /** All slots move the same way: masters that move slots to each other wait for each other. */
  function tenantOfFirstMaster(): string {
    const tenant = randomUUID();
    const slot = calculateSlot(`{${tenant}}`);
    if (slot > 16_384 / 3 - 1 || slots.has(slot)) return tenantOfFirstMaster();
    slots.add(slot);
    return tenant;
  }

  /** The content of the slot, without the markers of processes, which change all the time. */
  async function agentsIn(slot: MovingSlot): Promise<Record<string, unknown>> {
    const content = Object.entries(await slot.content());
    return Object.fromEntries(content.filter(([key]) => !key.startsWith('datadip-')));
  }

  /** Runs the operation while one key is at its new node, and the other keys are not. */
  async function runSplit(operation: Operation, pick: (keys: readonly string[]) => readonly string[]): Promise<void> {
    const tenant = tenantOfFirstMaster();
    const slot = new MovingSlot(clients, `{${tenant}}`);
    await arrange(stores, tenant);
    await slot.open();
    for (const key of pick(await slot.keys())) await slot.moveKey(key);
    const before = await agentsIn(slot);
    const error = await operation(stores, tenant).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error !== undefined) expect(error).toBeInstanceOf(StoreUnavailable);
    // The server says that it executed nothing. A command that timed out may have been executed, so
    // only the consistency of the state is known then.
    if (error instanceof NotExecuted) expect(await agentsIn(slot)).toEqual(before);
    const keys = await slot.keys();
    expect(new Set(keys).size).toBe(keys.length);
    await slot.finish();
    expect(await inconsistencies(client, tenant, [...AGENTS, 'e', 'f'])).toEqual([]);
  }

  /** The marks of events are not needed again. A single bitmap of the order stands for all 38. */
  const isPicked = (key: string): boolean => !key.startsWith('agent-event') && !/:idle-(?!41-)\d+-bits$/.test(key);
  /** Each pick moves another key. */
  const PICKS = Array.from({ length: 16 }, (_, index) => (keys: readonly string[]) => [
    keys.filter(isPicked)[index] ?? keys[0] ?? '',
  ]);
  it.each(Object.entries(OPERATIONS).filter(([name]) => !['a sweep', 'a restoration'].includes(name)))(
    'changes everything or nothing: %s',
    async (_name, operation) => {
      const picks = [...PICKS, () => [], (keys: readonly string[]) => keys];
      await Promise.all(picks.map((pick) => runSplit(operation, pick)));
    },
  );
});
