import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../../support/app.js';
import { ADA, declaration } from '../../support/declaration.js';
import { eventually } from '../../support/eventually.js';
import { get, post } from '../../support/http.js';
import { createTopics, topicPrefix } from '../../support/kafka-topics.js';
import { KAFKA_STARTS_WITHIN_MS, startKafka, type TestKafka } from '../../support/kafka.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';

const TENANT = '10001';
const HEADERS = { 'x-api-key': 'desk-key', 'x-genesys-org': TENANT };
const CALLERS = {
  desk: { apiKeys: ['desk-key'], tenants: ['*'], scopes: ['lookup', 'agents', 'events', 'invalidate', 'operate'] },
};
const EVENT = '/webhook/customer-updated';

describe('two regions', () => {
  let kafka: TestKafka;
  let origin: ScriptedOrigin;
  let tier = 'Enterprise';
  const redis: TestRedis[] = [];
  const apps: TestApp[] = [];

  beforeAll(async () => {
    kafka = await startKafka();
    const prefix = topicPrefix();
    await createTopics(kafka.address, prefix);
    origin = await startOrigin(() => ({ results: [{ ...ADA, accountTier: tier }] }));
    const secret = randomUUID();
    for (const region of ['eu', 'us']) {
      const server = await startRedis();
      redis.push(server);
      const yaml = declaration(origin.url, { callers: CALLERS });
      const kafkaEnv = { KAFKA_BROKERS: kafka.address, KAFKA_TOPIC_PREFIX: prefix };
      apps.push(await startApp(yaml, { ...kafkaEnv, REGION: region, REDIS_URL: server.url, KEY_SECRET: secret }));
    }
  }, KAFKA_STARTS_WITHIN_MS + 60_000);
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await Promise.all([...redis.map((server) => server.stop()), origin.stop(), kafka.stop()]);
  });

  const at = (region: number): string => apps[region]?.url ?? '';
  const lookup = (region: number, headers = {}) =>
    get(`${at(region)}/lookup/customer?ani=15550017`, { ...HEADERS, ...headers });
  const invalidate = (region: number, eventId: string) =>
    post(at(region) + EVENT, { customerId: ADA.id, tenantId: TENANT, eventId }, HEADERS);
  const send = (region: number, agentId: string, status: string, id = randomUUID()) =>
    post(
      `${at(region)}/events/agent-status`,
      { event_id: id, timestamp: Date.now(), agent_id: agentId, status, region_source: 'eu' },
      HEADERS,
    );

  it('deletes in the other region what was invalidated in this one, and a read can wait for it', async () => {
    await Promise.all([lookup(0), lookup(1)]);
    tier = 'Gold';
    const { status, json, headers } = await invalidate(0, 'one');
    expect([status, json]).toEqual([200, { invalidated: 1, duplicate: false }]);
    const after = String(headers['x-datadip-position']);
    const { json: read } = await lookup(1, { 'x-datadip-after': after });
    expect(read).toMatchObject({ tier: 'Gold' });
    expect((await invalidate(0, 'one')).json).toMatchObject({ duplicate: true });
    // The event has reached the other region, where it counts as the same event.
    expect((await invalidate(1, 'one')).json).toMatchObject({ duplicate: true });
  });

  it('lets a read wait for an event of an agent', async () => {
    const agentId = randomUUID();
    const sent = await send(0, agentId, 'AVAILABLE');
    expect(sent.status).toBe(202);
    const after = { 'x-datadip-after': String(sent.headers['x-datadip-position']) };
    const read = await get(`${at(1)}/agents/${agentId}?tenantId=${TENANT}`, { ...HEADERS, ...after });
    expect(read.json).toMatchObject({ status: 'AVAILABLE', stale: false });
  });

  it('gives no position to an event that changed nothing', async () => {
    const agentId = randomUUID();
    await send(0, agentId, 'AVAILABLE');
    const older = {
      event_id: randomUUID(),
      timestamp: 1_600_000_000,
      agent_id: agentId,
      status: 'BUSY',
      region_source: 'eu',
    };
    const sent = await post(`${at(0)}/events/agent-status`, older, HEADERS);
    expect(sent.json).toMatchObject({ outcome: 'older' });
    expect(sent.headers).not.toHaveProperty('x-datadip-position');
  });

  it.each([
    ['no position', 'nonsense'],
    ['an empty list', Buffer.from('[]').toString('base64url')],
    [
      'a position of another tenant',
      Buffer.from(JSON.stringify([['a', '20002', 'ab'.repeat(12)]])).toString('base64url'),
    ],
  ])('refuses %s with 400', async (_what, after) => {
    const refused = await lookup(1, { 'x-datadip-after': after });
    expect(refused).toMatchObject({ status: 400, json: { code: 'invalid_position' } });
  });

  it('loads a lookup again, and answers an agent as stale, if an event does not arrive in time', async () => {
    const unknown = (kind: readonly string[]) => Buffer.from(JSON.stringify([kind])).toString('base64url');
    await lookup(1);
    const customer = unknown(['c', TENANT, 'ab'.repeat(32), 'cd'.repeat(32)]);
    expect((await lookup(1, { 'x-datadip-after': customer })).json).toMatchObject({ source: 'origin' });
    const agentId = randomUUID();
    await send(1, agentId, 'AVAILABLE');
    const after = { 'x-datadip-after': unknown(['a', TENANT, 'ab'.repeat(12)]) };
    const read = await get(`${at(1)}/agents/${agentId}?tenantId=${TENANT}`, { ...HEADERS, ...after });
    expect(read.json).toMatchObject({ status: 'AVAILABLE', stale: true });
    expect(read.elapsedMs).toBeLessThan(3000);
  });

  it('answers 503 while Kafka hangs, 200 for the repetition, and loses nothing', async () => {
    await lookup(1);
    tier = 'Silver';
    const agentId = randomUUID();
    await kafka.pause();
    const refused = await invalidate(0, 'two');
    const during = await send(0, agentId, 'BUSY');
    await kafka.resume();
    expect(refused).toMatchObject({ status: 503, json: { code: 'bus_unavailable' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(during.status).toBe(202);
    await eventually(async () => {
      const { status, json } = await invalidate(0, 'two');
      expect([status, json?.duplicate]).toEqual([200, false]);
    });
    await eventually(async () => expect((await lookup(1)).json).toMatchObject({ tier: 'Silver' }));
    await eventually(async () =>
      expect((await get(`${at(1)}/agents/${agentId}?tenantId=${TENANT}`, HEADERS)).json).toMatchObject({
        status: 'BUSY',
      }),
    );
    expect((await invalidate(0, 'two')).json).toMatchObject({ duplicate: true });
  });
});
