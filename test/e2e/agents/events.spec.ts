/** This file exceeds 220 lines because all events of agents share one region and its helpers. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt, randomUUID } from 'node:crypto';
import { get, post } from '../../support/http.js';
import { AgentScene } from './scene.js';

const SCOPES = ['agents', 'events', 'invalidate', 'operate'];
const CALLERS = {
  desk: { apiKeys: ['desk-key'], tenants: ['*'], scopes: SCOPES },
  other: { apiKeys: ['other-key'], tenants: ['*'], scopes: SCOPES },
};

let scene: AgentScene;
beforeAll(async () => {
  scene = await AgentScene.open({ store: 'redis', callers: CALLERS });
});
afterAll(() => scene.stop());

const stateOf = async (id: string) => (await scene.get(`/agents/${id}`)).json;
const counted = async (outcome: string): Promise<number> => {
  const { text } = await scene.get('/metrics');
  const lines = text.matchAll(new RegExp(`^datadip_agent_events_total\\{.*outcome="${outcome}"\\} (\\d+)$`, 'gm'));
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
};

describe('POST /events/agent-status', () => {
  it('applies an event once', async () => {
    const id = randomUUID();
    const event = { event_id: randomUUID() };
    expect(await scene.sendStatus(id, 'AVAILABLE', event)).toMatchObject({ status: 202, json: { outcome: 'applied' } });
    expect(await scene.sendStatus(id, 'BUSY', event)).toMatchObject({ status: 202, json: { outcome: 'duplicate' } });
    expect(await stateOf(id)).toMatchObject({ status: 'AVAILABLE' });
  });

  it('applies the event of another caller, region or route with the same id', async () => {
    const [id, event_id] = [randomUUID(), randomUUID()];
    await scene.sendStatus(id, 'AVAILABLE', { event_id });
    const ofOther = { ...scene.headers(), 'x-api-key': 'other-key' };
    const event = { event_id, timestamp: Date.now(), agent_id: id, status: 'BUSY', region_source: 'us-east-1' };
    const path = scene.url('/events/agent-status');
    expect((await post(path, event, ofOther)).json).toMatchObject({ outcome: 'applied' });
    expect((await post(path, event, ofOther)).json).toMatchObject({ outcome: 'duplicate' });
    expect(await stateOf(id)).toMatchObject({ status: 'BUSY' });
    const elsewhere = { event_id, status: 'AVAILABLE', timestamp: Date.now() + 1000, region_source: 'eu-west-1' };
    expect((await scene.sendStatus(id, 'AVAILABLE', elsewhere)).json).toMatchObject({ outcome: 'applied' });
    const presence = { id, presenceDefinition: { systemPresence: 'Offline' } };
    const fromGenesys = await scene.eventBridge(`v2.users.${id}.presence`, presence, event_id);
    expect(fromGenesys).toMatchObject({ status: 202, json: { duplicate: false } });
  });

  it('ignores an event that is older than the stored state', async () => {
    const id = randomUUID();
    await scene.sendStatus(id, 'BUSY', { timestamp: Math.floor(Date.now() / 1000) });
    const older = await scene.sendStatus(id, 'AVAILABLE', { timestamp: Math.floor(Date.now() / 1000) - 60 });
    expect(older).toMatchObject({ status: 202, json: { outcome: 'older' } });
    expect(await stateOf(id)).toMatchObject({ status: 'BUSY' });
  });

  it('clamps a time in the future, and counts it', async () => {
    const id = randomUUID();
    const before = await counted('clamped');
    await scene.sendStatus(id, 'BUSY', { timestamp: Date.now() + 3_600_000 });
    expect((await stateOf(id))?.lastUpdated).toBeLessThan(Date.now() + 60_000);
    expect(await counted('clamped')).toBe(before + 1);
    await scene.sendStatus(id, 'AVAILABLE', { timestamp: Date.now() + 30_000 });
    expect(await stateOf(id)).toMatchObject({ status: 'AVAILABLE' });
  });

  it('accepts the status words of CXone', async () => {
    const id = randomUUID();
    await scene.sendStatus(id, '1', { platform: 'cxone', is_acw: true });
    expect(await stateOf(id)).toMatchObject({ status: 'BUSY', platform: 'cxone', platformStatus: 'Available ACW' });
  });

  it('accepts unset optional fields', async () => {
    const [id, unset] = [randomUUID(), { platform: null, is_acw: null, tenant_id: '${input.tenantId}' }];
    expect(await scene.sendStatus(id, 'AVAILABLE', unset)).toMatchObject({ status: 202, json: { outcome: 'applied' } });
    expect(await stateOf(id)).toMatchObject({ status: 'AVAILABLE', platform: 'other' });
  });

  it('accepts ids as numbers, and a timestamp as text', async () => {
    const agent_id = randomInt(1, 2 ** 40);
    const timestamp = Math.floor(Date.now() / 1000);
    const cxone = {
      event_id: randomInt(1, 2 ** 40),
      agent_id,
      timestamp: `${timestamp}`,
      platform: 'cxone',
      status: 1,
    };
    expect(await scene.sendStatus('', '', cxone)).toMatchObject({ status: 202, json: { outcome: 'applied' } });
    expect(await stateOf(`${agent_id}`)).toMatchObject({ status: 'AVAILABLE', lastUpdated: timestamp * 1000 });
  });

  const whole = { event_id: 'e', timestamp: 1, agent_id: 'a', status: 'BUSY', region_source: 'eu' };
  it.each<[string, unknown]>([
    ...Object.keys(whole).map((key): [string, unknown] => [`no ${key}`, { ...whole, [key]: undefined }]),
    ['an unknown status', { ...whole, status: 'SLEEPING' }],
    ['a status that is a number', { ...whole, status: 1 }],
    ['a time in words', { ...whole, timestamp: 'now' }],
    ['an id that was left unset', { ...whole, event_id: '${input.event_id}' }],
    ['a negative time', { ...whole, timestamp: -5 }],
    ['an agent with a colon', { ...whole, agent_id: 'a:queues' }],
    ['a region with a bar', { ...whole, region_source: 'eu|x' }],
    ['an invalid tenant', { ...whole, tenant_id: '../x' }],
    ['an agent id that is the route of claims', { ...whole, agent_id: 'available' }],
    ['an agent id of dots', { ...whole, agent_id: '..' }],
    ['a list with an unknown status', [whole, { ...whole, status: 'SLEEPING' }]],
    ['null', null],
    ['a text', 'BUSY'],
  ])('refuses an event with %s: 400', async (_name, event) => {
    const answer = await scene.post('/events/agent-status', event);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });
});

describe('POST /webhook/eventbridge with an agent event', () => {
  const at = (agoMs: number): string => new Date(Date.now() - agoMs).toISOString();
  const presence = (systemPresence: string, agoMs = 500) => ({
    ...{ source: 'PURECLOUD', primary: true, message: '' },
    ...{ presenceDefinition: { id: 'x', systemPresence }, modifiedDate: at(agoMs) },
  });
  const routing = (status: string, agoMs = 500) => ({ routingStatus: { status, startTime: at(agoMs) } });

  it('makes an agent available by presence and routing status together, and busy by either', async () => {
    const id = randomUUID();
    const send = (kind: string, body: Record<string, unknown>) => scene.eventBridge(`v2.users.${id}.${kind}`, body);
    expect(await send('presence', presence('ON_QUEUE', 900))).toMatchObject({ status: 202, json: { accepted: true } });
    expect(await stateOf(id)).toMatchObject({
      status: 'BUSY',
      platform: 'genesys',
      region: scene.name,
    });
    await send('routingStatus', routing('IDLE', 800));
    expect(await stateOf(id)).toMatchObject({ status: 'AVAILABLE', platformStatus: 'ON_QUEUE IDLE' });
    await send('conversationsummary', { call: { contactCenter: { active: 0, acw: 1 } } });
    expect(await stateOf(id)).toMatchObject({ status: 'BUSY', platformStatus: 'ON_QUEUE IDLE ACW' });
    await send('conversationsummary', { call: { contactCenter: { active: 0, acw: 0 } } });
    await send('presence', presence('AWAY', 100));
    expect(await stateOf(id)).toMatchObject({ status: 'BUSY' });
    await send('activity', { id, ...routing('OFF_QUEUE', 50), presence: presence('OFFLINE', 50) });
    expect(await stateOf(id)).toMatchObject({ status: 'OFFLINE' });
  });

  it('detects a duplicate by the envelope id', async () => {
    const [id, envelope] = [randomUUID(), randomUUID()];
    const send = () => scene.eventBridge(`v2.users.${id}.presence`, presence('Offline'), envelope);
    expect((await send()).json).toMatchObject({ duplicate: false });
    expect((await send()).json).toMatchObject({ duplicate: true });
  });

  it('ends the lock when its conversation ends', async () => {
    const [id, q] = [randomUUID(), randomUUID()];
    await scene.makeAvailable(id, q);
    const topic = `v2.detail.events.conversation.${q}`;
    const claimed = await scene.claim(`queueId=${q}&callId=${q}`);
    await scene.post(`/agents/${id}/confirm`, { lockToken: claimed.json?.lockToken });
    await scene.eventBridge(`${topic}.user.start`, { conversationId: q, userId: id, eventTime: Date.now() - 100 });
    expect(await stateOf(id)).toMatchObject({ currentCallId: q });
    await scene.eventBridge(`${topic}.user.end`, { conversationId: 'another', userId: id, eventTime: Date.now() - 90 });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: false });
    await scene.eventBridge(`${topic}.user.end`, { conversationId: q, userId: id, eventTime: Date.now() - 50 });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: true, agentId: id });
    expect(await stateOf(id)).toMatchObject({ currentCallId: '' });
  });

  it.each([
    ['user.end', (id: string) => ({ userId: id })],
    ['customer.end', () => ({})],
  ])('ends no later lock of the same call when the event is repeated: %s', async (kind, more) => {
    const [id, q, envelope] = [randomUUID(), randomUUID(), randomUUID()];
    await scene.makeAvailable(id, q);
    const holdAgent = async (): Promise<void> => {
      const { json } = await scene.claim(`queueId=${q}&callId=${q}`);
      expect((await scene.post(`/agents/${id}/confirm`, { lockToken: json?.lockToken })).status).toBe(200);
    };
    const body = { conversationId: q, eventTime: Date.now() - 50, ...more(id) };
    const endCall = () => scene.eventBridge(`v2.detail.events.conversation.${q}.${kind}`, body, envelope);
    await holdAgent();
    expect((await endCall()).json).toMatchObject({ duplicate: false });
    await holdAgent();
    expect((await endCall()).json).toMatchObject({ duplicate: true });
    expect((await scene.claim(`queueId=${q}`)).json).toMatchObject({ agentFound: false });
  });

  it.each([
    ['presence', { presenceDefinition: 'ON_QUEUE' }],
    ['routingStatus', {}],
    ['activity', {}],
  ])('refuses a body that does not match the topic %s: 400', async (kind, body) => {
    expect(await scene.eventBridge(`v2.users.${randomUUID()}.${kind}`, body)).toMatchObject({ status: 400 });
    expect(await scene.eventBridge('v2.users.not an id.presence', presence('Offline'))).toMatchObject({ status: 400 });
  });
});

describe('an agent id of dots alone, which names another folder in a URL path', () => {
  it.each(['.', '..', '...'])('an id of dots alone is refused: %s', async (dots) => {
    expect(await scene.sendStatus(dots, 'AVAILABLE')).toMatchObject({ status: 400 });
    const started = { conversationId: randomUUID(), userId: dots };
    const topic = 'v2.detail.events.conversation.x.user.start';
    expect(await scene.eventBridge(topic, started)).toMatchObject({ status: 400 });
  });
});

describe('scopes', () => {
  let guarded: AgentScene;
  beforeAll(async () => {
    const caller = (...scopes: string[]) => ({ apiKeys: [`${scopes.join('-')}-key`], tenants: ['10001'], scopes });
    const callers = { a: caller('agents'), e: caller('events'), i: caller('invalidate'), l: caller('lookup') };
    guarded = await AgentScene.open({ store: 'memory', callers });
  });
  afterAll(() => guarded.stop());

  it.each([
    ['agents', '/agents/available?queueId=q'],
    ['agents', '/agents/a'],
    ['agents', '/queues/q/agents'],
  ])('the scope %s is required for GET %s', async (scope, path) => {
    expect((await get(guarded.url(path), { 'x-api-key': `${scope}-key` })).status).toBe(200);
    expect((await get(guarded.url(path), { 'x-api-key': 'events-key' })).status).toBe(403);
    expect((await get(guarded.url(path))).status).toBe(401);
  });

  it('the scope events is required on both event routes', async () => {
    const event = { event_id: 'e', timestamp: 1, agent_id: 'a', status: 'BUSY', region_source: 'eu' };
    const direct = (key: string) => post(guarded.url('/events/agent-status'), event, { 'x-api-key': key });
    expect((await direct('events-key')).status).toBe(202);
    expect((await direct('agents-key')).status).toBe(403);
    const bridged = (topic: string, key: string) =>
      guarded.eventBridge(topic, { id: 'x', routingStatus: { status: 'IDLE' } }, randomUUID(), {
        ...{ 'x-api-key': key, 'x-genesys-org': '10001' },
      });
    expect((await bridged('v2.users.a.routingStatus', 'events-key')).status).toBe(202);
    expect((await bridged('v2.users.a.routingStatus', 'invalidate-key')).status).toBe(403);
    expect((await bridged('v2.externalcontacts.contacts.c-1', 'events-key')).status).toBe(403);
    expect((await bridged('v2.externalcontacts.contacts.c-1', 'invalidate-key')).status).toBe(200);
    expect((await bridged('v2.something.else', 'invalidate-key')).status).toBe(202);
    expect((await bridged('v2.users.a.routingStatus', 'lookup-key')).status).toBe(403);
  });
});
