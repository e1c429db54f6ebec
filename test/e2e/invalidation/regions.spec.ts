import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PositionSeal } from '../../../src/regions/internal/position-seal.js';
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
const SECRET = randomUUID();

/** A position that a region with this secret would give, for an event that never arrives. */
function sealWith(
  secret: string,
  {
    tenant = TENANT,
    customer,
    givenAtMs = Date.now(),
  }: Partial<Record<'tenant' | 'customer', string>> & {
    readonly givenAtMs?: number;
  } = {},
): string {
  const mark = 'cd'.repeat(12);
  const event =
    customer === undefined
      ? ({ kind: 'agent', tenant, mark } as const)
      : ({ kind: 'customer', tenant, customer, mark } as const);
  return new PositionSeal(secret).seal({ givenAtMs, events: [event] });
}

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
    for (const region of ['eu', 'us']) {
      const server = await startRedis();
      redis.push(server);
      const yaml = declaration(origin.url, { callers: CALLERS });
      const kafkaEnv = { KAFKA_BROKERS: kafka.address, KAFKA_TOPIC_PREFIX: prefix, REDIS_TIMEOUT_MS: '1000' };
      apps.push(await startApp(yaml, { ...kafkaEnv, REGION: region, REDIS_URL: server.url, KEY_SECRET: SECRET }));
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

  it('gives a position to an event that is older than the state, and a read can wait for it', async () => {
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
    const after = { 'x-datadip-after': String(sent.headers['x-datadip-position']) };
    const read = await get(`${at(1)}/agents/${agentId}?tenantId=${TENANT}`, { ...HEADERS, ...after });
    expect(read.json).toMatchObject({ status: 'AVAILABLE', stale: false });
  });

  it.each([
    ['no position', 'nonsense'],
    ['a position without a seal', Buffer.from(JSON.stringify([['a', TENANT, 'ab'.repeat(12)]])).toString('base64url')],
    ['a position of another secret', sealWith('another')],
    ['a position of another tenant', sealWith(SECRET, { tenant: '20002' })],
    ['nine positions', Array.from({ length: 9 }, () => sealWith(SECRET)).join(',')],
    ['a position next to a text that is none', `${sealWith(SECRET)}, nonsense`],
  ])('refuses %s with 400, and loads nothing', async (_what, after) => {
    await lookup(1);
    const before = origin.count;
    const refused = await lookup(1, { 'x-datadip-after': after });
    expect(refused).toMatchObject({ status: 400, json: { code: 'invalid_position' } });
    expect(origin.count).toBe(before);
  });

  it.each([
    ['an empty header', ''],
    ['an empty list', ' , '],
    ['an unset placeholder', '${input.after}'],
    ['a position that is a day old', sealWith(SECRET, { givenAtMs: Date.now() - 86_400_000 })],
  ])('waits for nothing with %s', async (_what, after) => {
    await lookup(1);
    const { status, json, elapsedMs } = await lookup(1, { 'x-datadip-after': after });
    expect({ status, json }).toMatchObject({ status: 200, json: { source: 'cache' } });
    expect(elapsedMs).toBeLessThan(1000);
  });

  it('waits for nothing if a lookup has no key', async () => {
    const headers = { ...HEADERS, 'x-datadip-after': sealWith(SECRET) };
    const { json, elapsedMs } = await get(`${at(1)}/lookup/customer`, headers);
    expect(json).toMatchObject({ error: 'no_lookup_key' });
    expect(elapsedMs).toBeLessThan(1000);
  });

  it('lets a read wait for the events of each of several positions', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const sent = [await send(0, first, 'AVAILABLE'), await send(0, second, 'BUSY')];
    const after = sent.map(({ headers }) => String(headers['x-datadip-position'])).join(', ');
    for (const [agentId, status] of [
      [first, 'AVAILABLE'],
      [second, 'BUSY'],
    ]) {
      const read = await get(`${at(1)}/agents/${agentId}?tenantId=${TENANT}`, { ...HEADERS, 'x-datadip-after': after });
      expect(read.json).toMatchObject({ status, stale: false });
    }
    const missing = `${after}, ${sealWith(SECRET)}`;
    const read = await get(`${at(1)}/agents/${first}?tenantId=${TENANT}`, { ...HEADERS, 'x-datadip-after': missing });
    expect(read.json).toMatchObject({ status: 'AVAILABLE', stale: true });
  });

  it('gives positions that do not show whether they name the same customer', async () => {
    const positions = await Promise.all(
      ['same-1', 'same-2'].map(async (id) => String((await invalidate(0, id)).headers['x-datadip-position'])),
    );
    for (const text of positions) expect(Buffer.from(text, 'base64url').toString('latin1')).not.toMatch(/[0-9a-f]{16}/);
    expect(positions[0]?.slice(9, 40)).not.toBe(positions[1]?.slice(9, 40));
  });

  it('loads a lookup again, and answers an agent as stale, if an event does not arrive in time', async () => {
    await lookup(1);
    const customer = sealWith(SECRET, { customer: 'ab'.repeat(32) });
    expect((await lookup(1, { 'x-datadip-after': customer })).json).toMatchObject({ source: 'origin' });
    const agentId = randomUUID();
    await send(1, agentId, 'AVAILABLE');
    const after = { 'x-datadip-after': sealWith(SECRET) };
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
