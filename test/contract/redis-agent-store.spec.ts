/** This file exceeds 220 lines because the tests share one server. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ValueKey } from '../../src/kernel/value-cipher.js';
import type { AgentStore } from '../../src/modules/agent-state/store/agent-store.js';
import { wholeState } from '../../src/contracts/agent-report.js';
import { openAgentStores, TestRegions } from '../support/agent-stores.js';
import { eventually } from '../support/eventually.js';
import { startRedis, startRedisCluster, type TestRedis } from '../support/redis-server.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { valueKey } from '../support/value-key.js';
import { agentStoreContract } from './agent-store.contract.js';

async function storesOn(urls: readonly string[], stopServer: () => Promise<void>) {
  const regions = new TestRegions();
  const { open, close } = await openAgentStores(urls, undefined, regions);
  return {
    ...{ open, regions },
    pass: (ms: number) => sleep(ms),
    nowMs: () => Date.now(),
    close: async () => {
      close();
      await stopServer();
    },
  };
}

agentStoreContract('in Redis', () => storesOn([sharedRedisUrl()], () => Promise.resolve()));

agentStoreContract('in Redis with a value key', async () => {
  const stores = await storesOn([sharedRedisUrl()], () => Promise.resolve());
  const keys = [valueKey('may')];
  return { ...stores, open: (terms) => stores.open(terms, keys) };
});

agentStoreContract('in a Redis cluster', async () => {
  const cluster = await startRedisCluster();
  return storesOn(cluster.urls, () => cluster.stop());
});

/** The bitmaps of the digits of idle times. */
const ORDER = Array.from({ length: 38 }, (_, index) => `agents:{10001}:idle-${4 + index}-bits`).toSorted();

describe('RedisAgentStore', () => {
  const OPTIONS = { claimTtlMs: 10_000, holdMs: 14_400_000, agentTtlMs: 300_000 };
  let server: TestRedis;
  let client: Redis;
  let store: AgentStore;
  let opened: Awaited<ReturnType<typeof openAgentStores>>;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
    opened = await openAgentStores([server.url]);
    store = opened.open(OPTIONS);
  });
  afterAll(async () => {
    client.disconnect();
    opened.close();
    await server.stop();
  });

  const applyReport = (agentId: string, eventHash?: string) =>
    store.applyReport({
      ...{ tenant: '10001', agentId, eventHash, platform: 'genesys', region: 'eu-central-1' },
      parts: wholeState('free', Date.now() - 1000, 'AVAILABLE'),
    });
  const claim = (callId: string) =>
    store.claim({
      tenant: '10001',
      queueId: 'q',
      token: 'token',
      call: { callId, hash: 'call-mark', callerHash: 'caller-mark' },
    });

  it('sets a TTL on every key except memberships and their index', async () => {
    await store.join({ tenant: '10001', queueId: 'q', agentId: 'a' }, 1);
    await store.join({ tenant: '10001', queueId: 'q', agentId: 'b' }, 2);
    await applyReport('a', 'event-mark');
    await applyReport('b');
    const { kind } = await claim('+1 555 0017');
    expect(kind).toBe('claimed');
    await store.confirm({ tenant: '10001', agentId: 'a', token: 'token' });
    // Without the markers and the probes of the connection.
    const keys = (await client.keys('*')).filter((key) => !key.startsWith('datadip-')).toSorted();
    const lifetimesMs = await Promise.all(keys.map((key) => client.pttl(key)));
    expect(keys.filter((_, at) => lifetimesMs[at] === -1)).toEqual([
      'agent:{10001}:a:queues',
      'agent:{10001}:b:queues',
      ...['agents:{10001}:free-bits', ...ORDER, 'agents:{10001}:memberships', 'agents:{10001}:offline-bits'],
      ...['agents:{10001}:ordinals', 'agents:{10001}:roster', 'agents:{10001}:stale-bits'],
      ...['queue:{10001}:q:agent-bits', 'queue:{10001}:q:agents', 'queue:{10001}:q:read-bits'],
    ]);
    expect(keys).toEqual([
      'agent-event:{10001}:event-mark',
      ...['agent:{10001}:a', 'agent:{10001}:a:queues', 'agent:{10001}:b', 'agent:{10001}:b:queues'],
      ...[
        'agents:{10001}:counts',
        'agents:{10001}:free-bits',
        ...ORDER,
        'agents:{10001}:known',
        'agents:{10001}:leases',
      ],
      ...['agents:{10001}:locks', 'agents:{10001}:memberships', 'agents:{10001}:offline-bits'],
      ...['agents:{10001}:ordinals', 'agents:{10001}:roster', 'agents:{10001}:stale-bits'],
      ...['queue:{10001}:q:agent-bits', 'queue:{10001}:q:agents', 'queue:{10001}:q:idle'],
      'queue:{10001}:q:read-bits',
    ]);
  });

  it('deletes the date of hire and the calls with the agent, and keeps them 30 days at most', async () => {
    const profiles = 'agents:{10001}:profiles';
    await store.join({ tenant: '10001', queueId: 'profiled', agentId: 'p' }, 1);
    await applyReport('p');
    expect(await store.setHireDate('10001', 'p', '2020-02-29')).toBe(true);
    await store.claim({ tenant: '10001', queueId: 'profiled', call: undefined, token: 'profiled' });
    await store.confirm({ tenant: '10001', agentId: 'p', token: 'profiled' }, '2026-11-30');
    expect(await client.hgetall(profiles)).toEqual({ p: '2020-02-29', ':p': '2026-11-30 1' });
    expect(await client.pttl(profiles)).toBeGreaterThan(29 * 86_400_000);
    await client.zadd('agents:{10001}:known', Date.now() - 8 * 86_400_000, 'p');
    await store.sweep('10001');
    expect(await client.exists(profiles)).toBe(0);
    await store.leave({ tenant: '10001', queueId: 'profiled', agentId: 'p' });
  });

  it('deletes all queue keys when the last member leaves', async () => {
    for (const agentId of ['a', 'b']) await store.leave({ tenant: '10001', queueId: 'q', agentId });
    expect(await client.keys('queue:*')).toEqual([]);
    expect(await client.keys('*:queues')).toEqual([]);
  });

  it('removes wrong positions from the free agents of a queue', async () => {
    await store.join({ tenant: '10001', queueId: 'q', agentId: 'c' }, 5);
    await applyReport('c');
    const key = 'queue:{10001}:q:idle';
    const ordinal = (await client.hget('agent:{10001}:c:queues', '#')) ?? '';
    await client.zadd(key, 0, '000000099', 1, `0000001${ordinal}`, 0, 'rubbish', 0, '');
    expect(await store.claim({ tenant: '10001', queueId: 'q', token: 't', call: undefined })).toMatchObject({
      claim: { agentId: 'c' },
    });
    await store.release({ tenant: '10001', agentId: 'c', token: 't' }, 'ended');
    const left = await client.zrange(key, 0, -1);
    expect(left.map((position) => position.slice(7))).toEqual([ordinal]);
  });

  describe('with a value key', () => {
    const [old, current] = [valueKey('may'), valueKey('june')];
    const call = { callId: 'call-of-+15550017', hash: 'mark-of-the-call', callerHash: 'caller-mark' };
    const storeWith = (...keys: readonly ValueKey[]): AgentStore => opened.open(OPTIONS, keys);
    const callOf = async (of: AgentStore, agentId: string) => (await of.read('10003', agentId))?.currentCallId;
    const storedText = async () => {
      const keys = await client.keys('*{10003}*');
      const values = keys.map(async (key) => ((await client.type(key)) === 'hash' ? client.hgetall(key) : key));
      return JSON.stringify(await Promise.all(values));
    };
    const reportOf = (agentId: string, availability: 'free' | 'busy') => ({
      ...{ tenant: '10003', agentId, eventHash: undefined, platform: 'genesys' as const, region: 'eu' },
      parts: wholeState(availability, Date.now() - 1000, availability),
    });

    it('stores no conversation id as plain text, and still returns it', async () => {
      const store = storeWith(old);
      await store.join({ tenant: '10003', queueId: 'q', agentId: 'a' }, 1);
      await store.applyReport(reportOf('a', 'free'));
      await store.claim({ tenant: '10003', queueId: 'q', token: 't', call });
      await store.applyReport({ ...reportOf('b', 'busy'), call: { atMs: Date.now(), callId: call.callId } });
      for (const agentId of ['a', 'b']) expect(await callOf(store, agentId)).toBe(call.callId);
      expect(await storedText()).not.toContain('15550017');
      expect(await store.claim({ tenant: '10003', queueId: 'q', token: 'u', call })).toMatchObject({
        kind: 'repeated',
      });
    });

    it('decrypts ids of the previous value key, and returns no id of an unknown key', async () => {
      const [rotated, strange] = [storeWith(current, old), storeWith(current)];
      for (const agentId of ['a', 'b']) {
        expect(await callOf(rotated, agentId)).toBe(call.callId);
        expect(await callOf(strange, agentId)).toBe('');
      }
    });

    it('does not decrypt the conversation id of another agent', async () => {
      const store = storeWith(old);
      await client.hset('agent:{10003}:c', await client.hgetall('agent:{10003}:b'));
      expect(await callOf(store, 'c')).toBe('');
    });
  });

  it('issues greater fences after a failover that lost the last claims', async () => {
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', `${server.port}`] });
    const promoted = new Redis(replica.url);
    const claimFrom = async (from: AgentStore): Promise<number> => {
      const claimed = await from.claim({ tenant: '10004', queueId: 'q', token: randomUUID(), call: undefined });
      if (claimed.kind !== 'claimed') throw new Error('no agent was claimed');
      return claimed.claim.fence;
    };
    try {
      for (let index = 0; index < 12; index += 1) {
        await store.join({ tenant: '10004', queueId: 'q', agentId: `f${index}` }, 0);
        const parts = wholeState('free', Date.now() - 1000, 'AVAILABLE');
        const from = { eventHash: undefined, platform: 'genesys' as const, region: 'eu' };
        await store.applyReport({ tenant: '10004', agentId: `f${index}`, parts, ...from });
      }
      await claimFrom(store);
      await eventually(async () => expect(await promoted.hget('agents:{10004}:locks', ':fence')).not.toBeNull());
      await replica.pause();
      const lost = [await claimFrom(store), await claimFrom(store), await claimFrom(store)];
      await server.pause();
      replica.resume();
      await promoted.replicaof('NO', 'ONE');
      await promoted.del('datadip-history:{0}');
      const after = await openAgentStores([replica.url]);
      const fences = [await claimFrom(after.open(OPTIONS)), await claimFrom(after.open(OPTIONS))];
      after.close();
      expect(Math.min(...fences)).toBeGreaterThan(Math.max(...lost));
      expect(fences.every((fence) => String(fence).length <= 15)).toBe(true);
    } finally {
      server.resume();
      promoted.disconnect();
      await replica.stop();
    }
  });

  it('issues greater fences than its own last one, even if the clock of Redis is behind it', async () => {
    const aheadOfClock = Date.now() * 100 + 36_000_000_000;
    await client.hset('agents:{10001}:locks', ':fence', aheadOfClock);
    const fenceOf = async (): Promise<number> => {
      const claimed = await store.claim({ tenant: '10001', queueId: 'q', token: 't', call: undefined });
      if (claimed.kind !== 'claimed') throw new Error('no agent was claimed');
      await store.release({ tenant: '10001', agentId: claimed.claim.agentId, token: 't' }, 'failed');
      return claimed.claim.fence;
    };
    expect(await fenceOf()).toBe(aheadOfClock + 1);
    await client.hdel('agents:{10001}:locks', ':fence');
    expect(await fenceOf()).toBe(aheadOfClock + 2);
  });

  it('issues greater fences after the fence key was lost', async () => {
    const fenceOf = async (): Promise<number> => {
      const claimed = await store.claim({ tenant: '10001', queueId: 'q', token: 't', call: undefined });
      if (claimed.kind !== 'claimed') throw new Error('no agent was claimed');
      await store.release({ tenant: '10001', agentId: claimed.claim.agentId, token: 't' }, 'failed');
      return claimed.claim.fence;
    };
    const before = await fenceOf();
    await client.hdel('agents:{10001}:locks', ':fence');
    expect(await fenceOf()).toBeGreaterThan(before);
  });
});
