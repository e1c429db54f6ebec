import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import calculateSlot from 'cluster-key-slot';
import { Redis as Client } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { startRegion, type Region } from '../support/region.js';
import { startRedisCluster, startReplica, type TestCluster, type TestRedis } from '../support/redis-server.js';
import { startProxy, type ChaosProxy } from '../support/tcp-proxy.js';
import { report } from './parts/callers.js';

/** A promoted replica is used within this time; three times as long for a busy machine. */
const USED_WITHIN_MS = 15_000;
const CALLERS = {
  desk: { apiKeys: ['desk-key'], tenants: ['*'], scopes: ['lookup', 'agents', 'events', 'invalidate'] },
};

let cluster: TestCluster;
let replica: TestRedis;
let proxy: ChaosProxy;
let region: Region<TestApp>;

beforeAll(async () => {
  cluster = await startRedisCluster();
  proxy = await startProxy(first().port);
  // Clients reach the first node through the proxy, because the cluster announces the proxy's port.
  await commandOn(first(), 'CONFIG', 'SET', 'cluster-announce-port', String(proxy.port));
  for (const node of cluster.nodes) await commandOn(node, 'CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
}, 120_000);
afterAll(async () => {
  first().resume();
  await proxy.pass();
  await proxy.stop();
  await cluster.stop();
});
beforeEach(async () => {
  await restore();
  replica = await startReplica(first());
  // The test decides when the replica is promoted.
  await commandOn(replica, 'CONFIG', 'SET', 'cluster-replica-no-failover', 'yes');
  region = await startRegion({
    store: cluster.urls.slice(1).join(','),
    origin: ({ url }) => ({ results: [{ ...ADA, id: new URL(url, 'http://crm').searchParams.get('phone') }] }),
    declaration: (url) => declaration(url, { callers: CALLERS }),
    env: { REDIS_TIMEOUT_MS: '200' },
    headers: { 'x-api-key': 'desk-key' },
  });
  await eventually(async () => {
    for (const node of cluster.nodes) expect(await commandOn(node, 'CLUSTER', 'SLOTS')).toBeDefined();
    expect((await attempt(HOME)).every(Boolean)).toBe(true);
    expect((await attempt(AWAY)).every(Boolean)).toBe(true);
  });
}, 120_000);
afterEach(async () => {
  first().resume();
  await proxy.pass();
  await region.stop();
  await replica.stop();
});

function first(): TestRedis {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('there is no node');
  return node;
}

async function commandOn(server: TestRedis, command: string, ...args: string[]): Promise<unknown> {
  const client = new Client(server.port, '127.0.0.1', { retryStrategy: () => null });
  return client.call(command, ...args).finally(() => client.disconnect());
}

/** A tenant whose keys are on the given third of the slots. The nodes have equal thirds. */
function tenantOn(node: number): string {
  for (let at = 1; ; at += 1) if (Math.floor((calculateSlot(`{${at}}`) * 3) / 16_384) === node) return String(at);
}

const HOME = tenantOn(0);
const AWAY = tenantOn(1);

/** The number of indexes of customers that a node holds. */
async function indexesOn(node: TestRedis): Promise<number> {
  return ((await commandOn(node, 'KEYS', 'cust-index:*')) as string[]).length;
}

/** A customer whose index is not on the first node. The hash of its id decides on the node. */
async function customerAway(): Promise<string> {
  for (let at = 1; ; at += 1) {
    const before = await indexesOn(first());
    const event = { customerId: `away-${at}`, tenantId: AWAY };
    await eventually(async () =>
      expect((await region.post('/webhook/customer-updated', event, 0, { 'x-genesys-org': AWAY })).status).toBe(200),
    );
    if ((await indexesOn(first())) === before) return event.customerId;
  }
}

/** Sends an invalidation, an event and a claim of one tenant. Returns which succeeded. */
async function attempt(tenant: string, customerId = 'c'): Promise<boolean[]> {
  const headers = { 'x-genesys-org': tenant };
  const [agentId, queueId] = [randomUUID(), randomUUID()];
  const event = { event_id: randomUUID(), timestamp: Date.now(), agent_id: agentId, status: 'AVAILABLE' };
  const invalidated = await region.post('/webhook/customer-updated', { customerId, tenantId: tenant }, 0, headers);
  const joined = await region.send('PUT', `/queues/${queueId}/agents/${agentId}`, { priorityScore: 0 }, 0, headers);
  const reported = await region.post('/events/agent-status', { ...event, region_source: 'test' }, 0, headers);
  const claimed = await region.get(`/agents/available?queueId=${queueId}`, 0, headers);
  return [
    invalidated.status === 200,
    joined.status < 300,
    reported.status < 300,
    (claimed.json as { agentFound?: boolean }).agentFound === true,
  ];
}

/** Phone numbers whose lookups hit, after a first round that stores them. */
async function hitsOf(phones: readonly string[]): Promise<number> {
  const answers = await Promise.all(
    phones.map((ani) => region.lookup('customer', { ani }, 0, { 'x-genesys-org': HOME })),
  );
  return answers.filter(({ headers }) => headers['x-cache'] === 'HIT').length;
}

async function untilReplicaIsUsed(what: string): Promise<void> {
  const startMs = performance.now();
  const phones = Array.from({ length: 30 }, (_, at) => `1555400${1000 + at}`);
  await eventually(
    async () => {
      expect((await attempt(HOME)).every(Boolean)).toBe(true);
      expect(await hitsOf(phones)).toBe(phones.length);
    },
    { withinMs: USED_WITHIN_MS },
  );
  report(`${what}: replica used after, ms`, { '': performance.now() - startMs });
}

async function promote(): Promise<void> {
  await commandOn(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
}

/** Makes the first node the master of its slots again. */
async function restore(): Promise<void> {
  if (String(await commandOn(first(), 'INFO', 'replication')).includes('role:master')) return;
  await eventually(async () => {
    expect(String(await commandOn(first(), 'INFO', 'replication'))).toMatch(/role:slave[^]*master_link_status:up/);
  });
  await commandOn(first(), 'CLUSTER', 'FAILOVER', 'TAKEOVER');
  await eventually(async () =>
    expect(String(await commandOn(first(), 'INFO', 'replication'))).toContain('role:master'),
  );
}

function resumeFirst(): Promise<void> {
  first().resume();
  return Promise.resolve();
}

describe('a cluster with one master that does not answer', () => {
  it.each([
    ['hung', () => first().pause(), resumeFirst],
    ['half-open', () => proxy.hang(), () => proxy.pass()],
  ])(
    'with a %s master, other tenants are served, and its promoted replica is used',
    async (what, stop, resume) => {
      const customerId = await customerAway();
      await stop();
      await attempt(HOME);
      const others = await Promise.all(Array.from({ length: 20 }, () => attempt(AWAY, customerId)));
      expect(others.flat().filter((succeeded) => !succeeded)).toEqual([]);
      await eventually(async () =>
        expect((await region.get('/health/ready')).json).toMatchObject({
          details: { store: { status: 'degraded', code: 'ETIMEDOUT', nodes: 3, failing: 1 } },
        }),
      );

      await promote();
      await untilReplicaIsUsed(what);
      await eventually(async () => expect((await region.get('/health/ready')).text).not.toContain('degraded'));

      await resume();
      await restore();
      await untilReplicaIsUsed(`${what}, the old master back`);
    },
    120_000,
  );
});
