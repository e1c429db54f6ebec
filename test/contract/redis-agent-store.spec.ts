import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ValueKey } from '../../src/kernel/value-cipher.js';
import type { AgentStore } from '../../src/modules/agent-state/store/agent-store.js';
import { wholeState } from '../../src/contracts/agent-report.js';
import { openAgentStores } from '../support/agent-stores.js';
import { startRedis, startRedisCluster, type TestRedis } from '../support/redis-server.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { valueKey } from '../support/value-key.js';
import { agentStoreContract } from './agent-store.contract.js';

async function storesOn(urls: readonly string[], stopServer: () => Promise<void>) {
  const { open, close } = await openAgentStores(urls);
  return {
    open,
    pass: (ms: number) => sleep(ms),
    nowMs: () => Date.now(),
    close: async () => {
      close();
      await stopServer();
    },
  };
}

agentStoreContract('the Redis store', () => storesOn([sharedRedisUrl()], () => Promise.resolve()));

agentStoreContract('the Redis store under a key for values', async () => {
  const stores = await storesOn([sharedRedisUrl()], () => Promise.resolve());
  const keys = [valueKey('may')];
  return { ...stores, open: (terms) => stores.open(terms, keys) };
});

agentStoreContract('the Redis store on a cluster', async () => {
  const cluster = await startRedisCluster();
  return storesOn(cluster.urls, () => cluster.stop());
});

describe('the Redis store', () => {
  const TERMS = { leaseMs: 10_000, holdMs: 14_400_000, agentTtlMs: 300_000 };
  let server: TestRedis;
  let client: Redis;
  let store: AgentStore;
  let opened: Awaited<ReturnType<typeof openAgentStores>>;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
    opened = await openAgentStores([server.url]);
    store = opened.open(TERMS);
  });
  afterAll(async () => {
    client.disconnect();
    opened.close();
    await server.stop();
  });

  const say = (agentId: string, eventHash?: string) =>
    store.applyReport({
      ...{ tenant: '10001', agentId, eventHash, platform: 'genesys', region: 'eu-central-1' },
      parts: wholeState('free', Date.now() - 1000, 'AVAILABLE'),
    });
  const claim = (callId: string) =>
    store.claim({ tenant: '10001', queueId: 'q', token: 'token', call: { callId, hash: 'call-mark' } });

  it('gives every key a time to live, but those of what was declared', async () => {
    await store.join({ tenant: '10001', queueId: 'q', agentId: 'a' }, 1);
    await store.join({ tenant: '10001', queueId: 'q', agentId: 'b' }, 2);
    await say('a', 'event-mark');
    await say('b');
    const { kind } = await claim('+1 555 0017');
    expect(kind).toBe('claimed');
    await store.confirm({ tenant: '10001', agentId: 'a', token: 'token' });
    const keys = (await client.keys('*')).toSorted();
    const lives = await Promise.all(keys.map((key) => client.pttl(key)));
    expect(keys.filter((_, at) => lives[at] === -1)).toEqual([
      'agent:{10001}:a:queues',
      'agent:{10001}:b:queues',
      'queue:{10001}:q:agents',
    ]);
    expect(keys).toEqual([
      ...['agent-call:{10001}:call-mark', 'agent-event:{10001}:event-mark'],
      ...['agent:{10001}:a', 'agent:{10001}:a:queues', 'agent:{10001}:b', 'agent:{10001}:b:queues'],
      ...['agents:{10001}:counts', 'agents:{10001}:fence', 'agents:{10001}:known', 'agents:{10001}:leases'],
      ...['queue:{10001}:q:agents', 'queue:{10001}:q:free'],
    ]);
  });

  it('leaves nothing behind of an agent who has left', async () => {
    for (const agentId of ['a', 'b']) await store.leave({ tenant: '10001', queueId: 'q', agentId });
    expect(await client.keys('queue:*')).toEqual([]);
    expect(await client.keys('*:queues')).toEqual([]);
  });

  it('takes out of the line what stands there by mistake', async () => {
    await store.join({ tenant: '10001', queueId: 'q', agentId: 'c' }, 5);
    await say('c');
    const key = 'queue:{10001}:q:free';
    await client.zadd(key, 0, '000000.0000000000000000:nobody', 0, '000001.0000000000000001:c', 0, 'rubbish');
    expect(await store.claim({ tenant: '10001', queueId: 'q', token: 't', call: undefined })).toMatchObject({
      claim: { agentId: 'c' },
    });
    await store.release({ tenant: '10001', agentId: 'c', token: 't' }, 'ended');
    const left = await client.zrange(key, 0, -1);
    expect(left.filter((member) => member.endsWith(':c'))).toHaveLength(1);
  });

  describe('under a key for values', () => {
    const [old, current] = [valueKey('may'), valueKey('june')];
    const call = { callId: 'call-of-+15550017', hash: 'mark-of-the-call' };
    const under = (...keys: readonly ValueKey[]): AgentStore => opened.open(TERMS, keys);
    const callOf = async (of: AgentStore, agentId: string) => (await of.read('10003', agentId))?.currentCallId;
    const everything = async () => {
      const keys = await client.keys('*{10003}*');
      const values = keys.map(async (key) => ((await client.type(key)) === 'hash' ? client.hgetall(key) : key));
      return JSON.stringify(await Promise.all(values));
    };
    const heard = (agentId: string, availability: 'free' | 'busy') => ({
      ...{ tenant: '10003', agentId, eventHash: undefined, platform: 'genesys' as const, region: 'eu' },
      parts: wholeState(availability, Date.now() - 1000, availability),
    });

    it('holds no conversation in the clear, claimed or heard of, and tells it all the same', async () => {
      const store = under(old);
      await store.join({ tenant: '10003', queueId: 'q', agentId: 'a' }, 1);
      await store.applyReport(heard('a', 'free'));
      await store.claim({ tenant: '10003', queueId: 'q', token: 't', call });
      await store.applyReport({ ...heard('b', 'busy'), call: { atMs: Date.now(), callId: call.callId } });
      for (const agentId of ['a', 'b']) expect(await callOf(store, agentId)).toBe(call.callId);
      expect(await everything()).not.toContain('15550017');
      expect(await store.claim({ tenant: '10003', queueId: 'q', token: 'u', call })).toMatchObject({
        kind: 'repeated',
      });
    });

    it('reads what was sealed under the key before, and nothing under a key it does not have', async () => {
      const [rotated, strange] = [under(current, old), under(current)];
      for (const agentId of ['a', 'b']) {
        expect(await callOf(rotated, agentId)).toBe(call.callId);
        expect(await callOf(strange, agentId)).toBe('');
      }
    });

    it('does not take the conversation of one agent for that of another', async () => {
      const store = under(old);
      await client.hset('agent:{10003}:c', await client.hgetall('agent:{10003}:b'));
      expect(await callOf(store, 'c')).toBe('');
    });
  });

  it('goes on with greater fences when the last one was lost', async () => {
    const fenceOf = async (): Promise<number> => {
      const claimed = await store.claim({ tenant: '10001', queueId: 'q', token: 't', call: undefined });
      if (claimed.kind !== 'claimed') throw new Error('nobody was claimed');
      await store.release({ tenant: '10001', agentId: claimed.claim.agentId, token: 't' }, 'failed');
      return claimed.claim.fence;
    };
    const before = await fenceOf();
    await client.del('agents:{10001}:fence');
    expect(await fenceOf()).toBeGreaterThan(before);
  });
});
