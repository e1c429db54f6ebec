import { describe, expect, it } from '@jest/globals';
import { Redis as Client } from 'ioredis';
import { createHmac, randomUUID } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import {
  CHANNEL_PATTERN,
  COMMANDS,
  KEY_PATTERNS,
  REGION_COMMANDS,
  REGION_KEY_PATTERNS,
} from '../../src/platform/redis/redis-permissions.js';
import type { TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { createTopics, topicPrefix } from '../support/kafka-topics.js';
import { KAFKA_STARTS_WITHIN_MS, startKafka, type TestKafka } from '../support/kafka.js';
import { startRegion, type Region } from '../support/region.js';
import { startRedis, startRedisCluster } from '../support/redis-server.js';

const TENANT = '10001';
const SECRET = 'a secret that signs requests';
const CALLERS = {
  desk: { apiKeys: ['desk-key'], tenants: ['*'], scopes: ['lookup', 'agents', 'events', 'invalidate', 'operate'] },
  crm: { hmacSecrets: [SECRET], tenants: ['*'], scopes: ['invalidate'] },
};

/** The rules of the documented command without its user, and the rules for several regions. */
function documentedRules(): { readonly always: string[]; readonly ofRegions: string[] } {
  const page = readFileSync('docs/operations/redis-user.md', 'utf8');
  const [, always = '', ofRegions = ''] =
    /ACL SETUSER datadip on >PASSWORD ([^`]*)```[^`]*`KAFKA_BROKERS`[^`]*```([^`]*)```/.exec(page) ?? [];
  return { always: always.trim().split(/\s+/), ofRegions: ofRegions.trim().split(/\s+/) };
}

async function createUser(url: string, rules: readonly string[]): Promise<Client> {
  const client = new Client(url);
  await client.call('ACL', 'SETUSER', 'datadip', 'on', '>password', ...rules);
  await client.call('ACL', 'LOG', 'RESET');
  return client;
}

async function useEverything(region: Region<TestApp>): Promise<void> {
  const headers = { 'x-genesys-org': TENANT };
  const [agentId, queueId, callId] = [randomUUID(), randomUUID(), randomUUID()];
  const statuses: number[] = [];
  const note = ({ status }: { status: number }): void => void statuses.push(status);
  const event = (status: string) => ({ event_id: randomUUID(), timestamp: Date.now(), agent_id: agentId, status });
  for (let at = 0; at < 2; at += 1) note(await region.lookup('customer', { ani: '15550017' }, 0, headers));
  note(
    await region.post('/webhook/customer-updated', { customerId: ADA.id, tenantId: TENANT, eventId: '1' }, 0, headers),
  );
  const critical = { customerId: ADA.id, tenantId: TENANT, critical: true };
  note(await region.post('/webhook/customer-updated', critical, 0, headers));
  note(await region.get('/api/v1/systems', 0, headers));
  note(await region.send('PUT', `/queues/${queueId}/agents/${agentId}`, { priorityScore: 1 }, 0, headers));
  note(await region.post('/events/agent-status', { ...event('AVAILABLE'), region_source: 'test' }, 0, headers));
  note(await region.get(`/queues/${queueId}/agents`, 0, headers));
  note(await region.get(`/agents/${agentId}`, 0, headers));
  const claim = await region.get(`/agents/available?queueId=${queueId}&callId=${callId}`, 0, headers);
  const { lockToken, agentFound } = claim.json as { lockToken: string; agentFound: boolean };
  expect(agentFound).toBe(true);
  note(await region.post(`/agents/${agentId}/confirm`, { lockToken }, 0, headers));
  note(await region.post(`/agents/${agentId}/release`, { lockToken, outcome: 'ended' }, 0, headers));
  note(await region.send('DELETE', `/queues/${queueId}/agents/${agentId}`, undefined, 0, headers));
  note(await signed(region, { customerId: ADA.id, tenantId: TENANT }));
  expect(statuses.filter((status) => status > 299)).toEqual([]);
}

async function signed(region: Region<TestApp>, body: unknown): Promise<{ status: number }> {
  const text = JSON.stringify(body);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SECRET).update(`${timestamp}.${text}`).digest('hex');
  const proof = { 'x-signature-256': `sha256=${signature}`, 'x-signature-timestamp': timestamp };
  const headers = { 'content-type': 'application/json', ...proof };
  return fetch(region.url('/webhook/customer-updated'), { method: 'POST', body: text, headers });
}

async function startStore(isCluster: boolean): Promise<{ urls: readonly string[]; stop: () => Promise<void> }> {
  if (isCluster) return startRedisCluster();
  const server = await startRedis();
  return { urls: [server.url], stop: () => server.stop() };
}

/** Creates topics for one test, and returns the settings of a service that uses them. */
async function kafkaEnv(kafka: TestKafka): Promise<Record<string, string>> {
  const prefix = topicPrefix();
  await createTopics(kafka.address, prefix);
  return { KAFKA_BROKERS: kafka.address, KAFKA_TOPIC_PREFIX: prefix };
}

describe('the documented Redis user', () => {
  it('has every command of every script, and the keys and channels that the code names', () => {
    const scripts = globSync('src/**/*.lua').map((file) => readFileSync(file, 'utf8'));
    const used = scripts.flatMap((lua) => [...lua.matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, name = '']) => name));
    const known = [...COMMANDS, ...REGION_COMMANDS];
    expect([...new Set(used)].map((name) => name.toLowerCase()).filter((name) => !known.includes(name))).toEqual([]);

    const { always, ofRegions } = documentedRules();
    const rulesOf = (keys: readonly string[], commands: readonly string[]): string[] => [
      ...keys.map((pattern) => `~${pattern}`),
      ...commands.map((name) => `+${name}`),
    ];
    const expected = ['resetkeys', 'resetchannels', '-@all', `&${CHANNEL_PATTERN}`, ...rulesOf(KEY_PATTERNS, COMMANDS)];
    expect(always.sort()).toEqual(expected.sort());
    expect(ofRegions.sort()).toEqual(rulesOf(REGION_KEY_PATTERNS, REGION_COMMANDS).sort());
  });

  it.each([
    ['a standalone server', false, false],
    ['a cluster', true, false],
    ['a cluster, with other regions', true, true],
  ])(
    'is all that the service needs on %s',
    async (_kind, isCluster, hasRegions) => {
      const kafka = hasRegions ? await startKafka() : undefined;
      const { urls, stop } = await startStore(isCluster);
      const { always, ofRegions } = documentedRules();
      const rules = hasRegions ? [...always, ...ofRegions] : always;
      const observers = await Promise.all(urls.map((url) => createUser(url, rules)));
      const region = await startRegion({
        store: urls.map((url) => url.replace('://', '://datadip:password@')).join(','),
        origin: () => ({ results: [ADA] }),
        declaration: (url) =>
          declaration(url, { callers: CALLERS, cache: { nearTtlMs: 1000 }, system: { limits: { maxPerSecond: 100 } } }),
        env: { REDIS_TIMEOUT_MS: '1000', ...(kafka === undefined ? {} : await kafkaEnv(kafka)) },
        headers: { 'x-api-key': 'desk-key' },
      });
      try {
        await eventually(async () => expect((await region.get('/health/ready')).text).not.toContain('degraded'));
        await useEverything(region);
        for (const observer of observers) expect(await observer.call('ACL', 'LOG')).toEqual([]);
        expect((await region.get('/health/ready')).text).not.toContain('degraded');
      } finally {
        await region.stop();
        for (const observer of observers) observer.disconnect();
        await Promise.all([stop(), kafka?.stop()]);
      }
    },
    KAFKA_STARTS_WITHIN_MS + 120_000,
  );

  it(
    'shows on the health page which rights for other regions it lacks',
    async () => {
      const [kafka, server] = await Promise.all([startKafka(), startRedis()]);
      const { always, ofRegions } = documentedRules();
      const observer = await createUser(server.url, always);
      const region = await startRegion({
        store: server.url.replace('://', '://datadip:password@'),
        origin: () => ({ results: [ADA] }),
        env: { REDIS_TIMEOUT_MS: '1000', ...(await kafkaEnv(kafka)) },
      });
      try {
        await eventually(async () => {
          const { json } = await region.get('/health/ready');
          const { missing } = (json as { details: { store: { missing?: string[] } } }).details.store;
          expect([...(missing ?? [])].sort()).toEqual(ofRegions.sort());
        });
      } finally {
        await region.stop();
        observer.disconnect();
        await Promise.all([server.stop(), kafka.stop()]);
      }
    },
    KAFKA_STARTS_WITHIN_MS,
  );
});
