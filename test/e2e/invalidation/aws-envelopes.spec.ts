import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { raw, type HttpAnswer } from '../../support/http.js';
import { startRedis } from '../../support/redis-server.js';
import { changed, confirmation, eventBridge, sns, sqs, WRAPPINGS, type Event } from './aws.js';
import { ADA, BOB, NEW_NAME } from './crm.js';
import { contactEvent, CUSTOMER_START } from './envelopes.js';
import { Scene } from './scene.js';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({ store: 'memory' });
});
afterAll(() => scene.stop());

/** SNS sends this type by default. */
const TEXT = { 'content-type': 'text/plain; charset=UTF-8' };
const send = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  raw('POST', scene.url(path), typeof body === 'string' ? body : JSON.stringify(body), { ...TEXT, ...headers });
const webhook = (body: unknown, headers?: Record<string, string>) => send('/webhook/customer-updated', body, headers);
const bridge = (body: unknown, headers?: Record<string, string>) => send('/webhook/eventbridge', body, headers);

describe('POST /webhook/customer-updated', () => {
  beforeEach(() => scene.askAndStore());

  it.each([
    ...WRAPPINGS,
    ['EventBridge', (event: Event, id: string) => eventBridge(event, id)],
    ['EventBridge inside SNS inside SQS', (event: Event, id: string) => [sqs(sns(eventBridge(event, id)))]],
    ['a list', (event: Event) => [event]],
  ] as const)('takes an event out of %s', async (_, wrap) => {
    const eventId = randomUUID();
    const body = wrap(changed(ADA.id, { eventId }), randomUUID());

    expect(await webhook(body)).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: false } });
    expect(await webhook(body)).toMatchObject({ status: 200, json: { duplicate: true } });
  });

  it.each(WRAPPINGS.slice(0, -1))('detects the repeated delivery of an event without an id in %s', async (_, wrap) => {
    const id = randomUUID();

    expect((await webhook(wrap(changed(), id))).json).toEqual({ invalidated: 1, duplicate: false });
    await scene.askAndStore();
    expect((await webhook(wrap(changed(), id))).json).toMatchObject({ duplicate: true });
    expect((await webhook(wrap(changed(), randomUUID()))).json).toEqual({ invalidated: 1, duplicate: false });
  });

  it('detects the repeated raw delivery of SNS by the id in the head', async () => {
    const headers = { 'x-amz-sns-rawdelivery': 'true', 'x-amz-sns-message-id': randomUUID() };

    expect((await webhook(changed(), headers)).json).toEqual({ invalidated: 1, duplicate: false });
    expect((await webhook(changed(), headers)).json).toMatchObject({ duplicate: true });
  });

  it('treats two events whose id is null as two events', async () => {
    expect((await webhook(changed(ADA.id, { eventId: null }))).json).toEqual({ invalidated: 1, duplicate: false });
    await scene.askAndStore();
    expect((await webhook(changed(ADA.id, { eventId: null }))).json).toEqual({ invalidated: 1, duplicate: false });
  });

  it('sums the entries of all customers of a request, unknown customers among them', async () => {
    await scene.askAndStore('email');
    await scene.askForBob();
    await scene.settled();
    const events = [changed(), changed('nobody'), changed(BOB.id)];

    expect((await webhook({ Records: events.map((event) => sqs(event)) })).json).toEqual({
      invalidated: 3,
      duplicate: false,
    });
    expect((await scene.askForBob()).json).toMatchObject({ source: 'origin' });
  });

  it('keeps all digits of numbers inside an envelope', async () => {
    const message = (id: string) => ({ ...sns({}), Message: `{"customerId":"${ADA.id}","eventId":${id}}` });

    expect((await webhook(message('9007199254740992'))).json).toMatchObject({ duplicate: false });
    expect((await webhook(message('9007199254740993'))).json).toMatchObject({ duplicate: false });
    expect((await webhook(message('9007199254740993'))).json).toMatchObject({ duplicate: true });
  });

  it('leaves an event alone that only looks like an envelope', async () => {
    const lookalike = { messageId: 'm-1', body: { text: 'x' }, detail: { text: 'x' }, source: 'crm' };

    expect((await webhook(changed(ADA.id, lookalike))).json).toMatchObject({ invalidated: 1 });
  });

  it('invalidates nothing if one event of a request is refused', async () => {
    for (const wrong of [{ customerId: '' }, 17, changed(BOB.id, { tenantId: '10002' })])
      expect((await webhook([changed(), wrong])).status).toBeGreaterThanOrEqual(400);
    expect((await scene.ask()).json).toMatchObject({ source: 'cache' });
  });

  it.each([
    ['a text that is no JSON', { ...sns({}), Message: 'hello' }],
    ['no event', []],
    ['no record', { Records: [] }],
    ['101 events', Array.from({ length: 101 }, () => changed())],
    ['envelopes without an end', Array.from({ length: 20 }).reduce<unknown>((inner) => [inner], changed())],
    [
      'JSON that is nested without an end',
      { ...sns({}), Message: `{"customerId":${'['.repeat(9000)}${']'.repeat(9000)}}` },
    ],
  ])('refuses %s with 400', async (_, body) => {
    expect(await webhook(body)).toMatchObject({ status: 400, json: { status: 400 } });
  });

  it('accepts 100 events', async () => {
    expect(await webhook(Array.from({ length: 100 }, () => changed()))).toMatchObject({ status: 200 });
  });
});

describe('POST /webhook/eventbridge', () => {
  beforeEach(() => scene.askAndStore());

  it.each([...WRAPPINGS, ['a list', (event: Event) => [event]] as const])(
    'takes an event out of %s',
    async (_, wrap) => {
      const body = wrap(contactEvent(), randomUUID());

      expect(await bridge(body)).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: false } });
      expect(await bridge(body)).toMatchObject({ status: 200, json: { duplicate: true } });
    },
  );

  it('accepts the detail alone, and repeats it because it has no id', async () => {
    const { detail } = contactEvent();

    expect((await bridge(detail)).json).toEqual({ invalidated: 1, duplicate: false });
    await scene.askAndStore();
    expect((await bridge(detail)).json).toEqual({ invalidated: 1, duplicate: false });
  });

  it('answers contacts, agents and other topics in one request', async () => {
    const agent = contactEvent({
      topic: `v2.users.${randomUUID()}.presence`,
      body: { presenceDefinition: { systemPresence: 'AVAILABLE' } },
    });

    expect(await bridge([CUSTOMER_START, agent, contactEvent()])).toMatchObject({
      status: 200,
      json: { invalidated: 1, duplicate: false },
    });
    expect(await bridge([CUSTOMER_START, agent])).toMatchObject({ status: 202, json: { accepted: true } });
    expect(await bridge([CUSTOMER_START])).toMatchObject({ status: 202, json: { ignored: true } });
  });

  it('invalidates nothing if the body of another event does not match its topic', async () => {
    const agent = contactEvent({ topic: `v2.users.${randomUUID()}.presence`, body: {} });

    expect((await bridge([contactEvent(), agent])).status).toBe(400);
    expect((await scene.ask()).json).toMatchObject({ source: 'cache' });
  });
});

describe('POST /events/agent-status', () => {
  const status = (agent_id: string, more: Event = {}): Event => ({
    ...{ agent_id, status: 'AVAILABLE', timestamp: Date.now(), region_source: 'us-east-1' },
    ...more,
  });

  it.each([...WRAPPINGS.slice(0, -1), ['EventBridge', (event: Event, id: string) => eventBridge(event, id)]] as const)(
    'takes an event out of %s, and its id',
    async (_, wrap) => {
      const [id, agent] = [randomUUID(), randomUUID()];
      const body = wrap(status(agent), id);

      expect(await send('/events/agent-status', body)).toMatchObject({ status: 202, json: { outcome: 'applied' } });
      expect(await send('/events/agent-status', body)).toMatchObject({ status: 202, json: { outcome: 'duplicate' } });
      expect((await scene.get(`/agents/${agent}`)).json).toMatchObject({ status: 'AVAILABLE' });
    },
  );

  it('stores no event if another event of the request is refused', async () => {
    const agent = randomUUID();
    const events = [status(agent, { event_id: 'e-1' }), status(agent, { event_id: 'e-2', status: 'SLEEPING' })];

    expect((await send('/events/agent-status', events)).status).toBe(400);
    expect((await scene.get(`/agents/${agent}`)).json).toMatchObject({ agentFound: false });
  });
});

describe('a request of SNS to confirm a subscription', () => {
  it.each(['/webhook/customer-updated', '/webhook/eventbridge', '/events/agent-status'])(
    'is ignored with a log line by %s, and its address is not called',
    async (path) => {
      const line = (): number => scene.logs.filter(({ msg }) => String(msg).startsWith('SNS asks')).length;
      for (const type of ['SubscriptionConfirmation', 'UnsubscribeConfirmation']) {
        const before = line();
        const answer = await send(path, confirmation(type), { 'x-amz-sns-message-type': type });
        expect(answer).toMatchObject({ status: 202, json: { ignored: true } });
        expect(line()).toBe(before + 1);
      }
      expect(JSON.stringify(scene.logs)).not.toContain('2336412f37');
    },
  );
});

describe('several events while Redis is unavailable', () => {
  it('are answered with 503 as a whole, and are processed when the sender repeats them', async () => {
    const redis = await startRedis();
    const onRedis = await Scene.open({ store: redis.url });
    try {
      await onRedis.askAndStore();
      onRedis.crm.renameAda();
      const events = [changed(BOB.id), changed()].map((event) => sqs(event));
      const post = () => raw('POST', onRedis.url('/webhook/customer-updated'), JSON.stringify({ Records: events }));
      await redis.pause();
      expect((await post()).status).toBe(503);
      redis.resume();
      await onRedis.post('/webhook/customer-updated', changed('nobody'));

      expect(await post()).toMatchObject({ status: 200, json: { invalidated: 1 } });
      expect((await onRedis.ask()).json).toMatchObject({ displayName: NEW_NAME });
    } finally {
      await onRedis.stop();
      await redis.stop();
    }
  });
});
