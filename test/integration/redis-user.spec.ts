import { describe, expect, it } from '@jest/globals';
import { Redis as Client } from 'ioredis';
import { createHmac, randomUUID } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { CHANNEL_PATTERN, COMMANDS, KEY_PATTERNS } from '../../src/platform/redis/redis-permissions.js';
import type { TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { startRegion, type Region } from '../support/region.js';
import { startRedis, startRedisCluster } from '../support/redis-server.js';

const TENANT = '10001';
const SECRET = 'a secret that signs requests';
const CALLERS = {
  desk: { apiKeys: ['desk-key'], tenants: ['*'], scopes: ['lookup', 'agents', 'events', 'invalidate', 'operate'] },
  crm: { hmacSecrets: [SECRET], tenants: ['*'], scopes: ['invalidate'] },
};

/** The rules of the documented command, without the user and the password. */
function documentedRules(): string[] {
  const page = readFileSync('docs/operations/redis-user.md', 'utf8');
  const [, rules = ''] = /ACL SETUSER datadip on >PASSWORD ([^`]*)```/.exec(page) ?? [];
  return rules.trim().split(/\s+/);
}

async function createUser(url: string): Promise<Client> {
  const client = new Client(url);
  await client.call('ACL', 'SETUSER', 'datadip', 'on', '>password', ...documentedRules());
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

describe('the documented Redis user', () => {
  it('has every command of every script, and the keys and channels that the code names', () => {
    const scripts = globSync('src/**/*.lua').map((file) => readFileSync(file, 'utf8'));
    const used = scripts.flatMap((lua) => [...lua.matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, name = '']) => name));
    expect([...new Set(used)].map((name) => name.toLowerCase()).filter((name) => !COMMANDS.includes(name))).toEqual([]);

    const rules = ['resetkeys', 'resetchannels', '-@all', ...KEY_PATTERNS.map((pattern) => `~${pattern}`)];
    const expected = [...rules, `&${CHANNEL_PATTERN}`, ...COMMANDS.map((name) => `+${name}`)];
    expect([...documentedRules()].sort()).toEqual(expected.sort());
  });

  it.each([
    ['a standalone server', false],
    ['a cluster', true],
  ])(
    'is all that the service needs on %s',
    async (_kind, isCluster) => {
      const cluster = isCluster ? await startRedisCluster() : undefined;
      const server = cluster === undefined ? await startRedis() : undefined;
      const urls = cluster?.urls ?? [server?.url ?? ''];
      const observers = await Promise.all(urls.map(createUser));
      const region = await startRegion({
        store: urls.map((url) => url.replace('://', '://datadip:password@')).join(','),
        origin: () => ({ results: [ADA] }),
        declaration: (url) =>
          declaration(url, { callers: CALLERS, cache: { nearTtlMs: 1000 }, system: { limits: { maxPerSecond: 100 } } }),
        env: { REDIS_TIMEOUT_MS: '1000' },
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
        await (cluster ?? server)?.stop();
      }
    },
    120_000,
  );
});
