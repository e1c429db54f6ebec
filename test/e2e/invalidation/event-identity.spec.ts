import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { eventually } from '../../support/eventually.js';
import { post, raw, type HttpAnswer } from '../../support/http.js';
import { ADA, BOB, NEW_NAME } from './crm.js';
import { contactEvent } from './envelopes.js';
import { Scene } from './scene.js';

const [KEY_OF_X, SECRET_OF_Y, KEY_OF_DESK] = ['key-of-caller-x', 'the secret of caller y', 'key-of-the-desk'];
const CALLERS = {
  x: { apiKeys: [KEY_OF_X], tenants: ['10001'], scopes: ['invalidate'] },
  y: { hmacSecrets: [SECRET_OF_Y], tenants: ['10001'], scopes: ['invalidate'] },
  desk: { apiKeys: [KEY_OF_DESK], tenants: ['10001'], scopes: ['lookup'] },
};
const EVENT_ID = '1000';

/** Two events with the same id that are not the same event. */
interface Pair {
  readonly first: () => Promise<HttpAnswer>;
  readonly second: () => Promise<HttpAnswer>;
}

describe.each([['memory'], ['redis']])('two events with the same id, on the store %s', (store) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open({ store, declared: { callers: CALLERS } });
  });
  afterEach(() => scene.stop());

  const ask = (): Promise<HttpAnswer> =>
    post(scene.url('/lookup/customer'), { ani: ADA.phone }, { 'x-api-key': KEY_OF_DESK });
  const untilStored = async (): Promise<void> => {
    await eventually(async () => expect((await ask()).json).toMatchObject({ source: 'cache' }));
  };
  const webhook = (event: object = {}): Promise<HttpAnswer> =>
    post(
      scene.url('/webhook/customer-updated'),
      { customerId: ADA.id, eventId: EVENT_ID, ...event },
      { 'x-api-key': KEY_OF_X },
    );
  const eventBridge = (body?: Readonly<Record<string, unknown>>): Promise<HttpAnswer> =>
    post(scene.url('/webhook/eventbridge'), contactEvent({ id: EVENT_ID, ...(body === undefined ? {} : { body }) }), {
      'x-api-key': KEY_OF_X,
    });
  const signedByY = (): Promise<HttpAnswer> => {
    const body = JSON.stringify({ customerId: ADA.id, eventId: EVENT_ID });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', SECRET_OF_Y).update(`${timestamp}.${body}`).digest('hex');
    const headers = { 'x-signature-256': `sha256=${signature}`, 'x-signature-timestamp': timestamp };
    return raw('POST', scene.url('/webhook/customer-updated'), body, headers);
  };

  it.each<[string, Pair]>([
    ['another caller', { first: () => webhook(), second: signedByY }],
    ['another route', { first: () => webhook(), second: () => eventBridge() }],
    ['the flag `critical`', { first: () => webhook(), second: () => webhook({ critical: true }) }],
    [
      'other merged contacts',
      {
        first: () => eventBridge({ id: ADA.id, mergeSet: [] }),
        second: () => eventBridge({ id: ADA.id, mergeSet: [BOB.id] }),
      },
    ],
  ])('an event with the id of an earlier event invalidates if it has %s', async (_part, { first, second }) => {
    await untilStored();
    expect(await first()).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: false } });
    await untilStored();
    scene.crm.renameAda();
    expect(await second()).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: false } });
    expect((await ask()).json).toMatchObject({ displayName: NEW_NAME });
    expect(scene.audits).toHaveLength(2);
  });

  it('an event is a duplicate of a critical event with its id', async () => {
    expect((await webhook({ critical: true })).json).toMatchObject({ duplicate: false });
    expect((await webhook()).json).toMatchObject({ duplicate: true });
  });

  it.each<[string, () => Promise<HttpAnswer>]>([
    ['the webhook', () => webhook()],
    ['a signed event', signedByY],
    ['EventBridge', () => eventBridge()],
  ])('the same event of %s is a duplicate', async (_route, send) => {
    expect((await send()).json).toMatchObject({ duplicate: false });
    expect((await send()).json).toMatchObject({ duplicate: true });
    expect(scene.audits).toHaveLength(1);
  });
});
