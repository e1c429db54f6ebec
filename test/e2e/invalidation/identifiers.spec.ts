import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HttpAnswer } from '../../support/http.js';
import { BOB } from './crm.js';
import { contactEvent } from './envelopes.js';
import { Scene } from './scene.js';

/** A customer whom the CRM does not know before the test. */
const EVE = {
  ...BOB,
  id: 'c-66',
  firstName: 'Eve',
  phone: '+15550066',
  mobile: '+15551166',
  email: 'eve@example.com',
};
const STATUS = {
  description: 'The standing of a caller',
  key: [{ input: 'ani', kind: 'phone' }],
  origin: { system: 'crm', path: '/api/v2/customers', query: { phone: '{ani}' }, record: 'results[0]' },
  customerId: 'id',
  fields: { tier: { type: 'string', from: 'accountTier', default: 'Standard' } },
  cache: { nearTtlMs: 0 },
};

type Send = (scene: Scene) => Promise<HttpAnswer>;

const webhook =
  (identifiers: unknown, event: object = {}): Send =>
  (scene) =>
    scene.invalidate({ customerId: EVE.id, identifiers, ...event });
const contact =
  (body: object): Send =>
  (scene) =>
    scene.eventBridge(contactEvent({ topic: `v2.externalcontacts.contacts.${EVE.id}`, body: { id: EVE.id, ...body } }));

describe.each([['memory'], ['redis']])('an event with identifiers, on the store %s', (store) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open({
      store: [store, store === 'redis' ? store : 'memory'],
      declared: { lookups: { status: STATUS } },
    });
  });
  afterEach(() => scene.stop());

  const ask = (inputs: Record<string, string>, lookup = 'customer'): Promise<HttpAnswer> =>
    scene.lookup(lookup, inputs);
  const askAndStore = async (inputs: Record<string, string>, lookup = 'customer'): Promise<HttpAnswer> => {
    const answer = await ask(inputs, lookup);
    await scene.settled();
    return answer;
  };

  it.each<[string, Record<string, string>, Send]>([
    ['a phone number', { ani: EVE.phone }, webhook({ ani: [EVE.phone] })],
    ['a phone number in another spelling', { ani: EVE.phone }, webhook({ ani: 'tel:+1 (555) 00-66' })],
    ['a phone number without quotes', { ani: EVE.phone }, webhook({ ani: [15550066] })],
    ['an e-mail address', { email: EVE.email }, webhook({ email: [null, ` ${EVE.email.toUpperCase()}`] })],
    ['several values', { ani: EVE.mobile }, webhook({ ani: [EVE.phone, EVE.mobile], email: [EVE.email] })],
    ['a contact with a phone number', { ani: EVE.phone }, contact({ cellPhone: { e164: EVE.phone, display: 'x' } })],
    ['a contact with a typed number', { ani: EVE.phone }, contact({ workPhone: { userInput: '+1 555 00 66' } })],
    ['a contact with an e-mail address', { email: EVE.email }, contact({ personalEmail: EVE.email })],
  ])('a new customer is known at once after an event with %s', async (_identifier, inputs, send) => {
    expect((await askAndStore(inputs)).json).toMatchObject({ contactFound: false, source: 'origin' });
    expect((await ask(inputs)).json).toMatchObject({ contactFound: false, source: 'cache' });
    scene.crm.add(EVE);
    expect(await send(scene)).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: false } });
    expect((await ask(inputs)).json).toMatchObject({ contactFound: true, displayName: 'Eve Byron', source: 'origin' });
  });

  it('an event deletes the entries of its identifiers in every lookup with that input', async () => {
    for (const lookup of ['customer', 'status']) await askAndStore({ ani: EVE.phone }, lookup);
    scene.crm.add(EVE);
    expect((await webhook({ ani: [EVE.phone] })(scene)).json).toMatchObject({ invalidated: 2 });
    for (const lookup of ['customer', 'status'])
      expect((await ask({ ani: EVE.phone }, lookup)).json).toMatchObject({ contactFound: true, tier: 'Enterprise' });
  });

  it('a "not found" of a load that began before the event is not served after the event', async () => {
    const hold = scene.origin.hold();
    const before = ask({ ani: EVE.phone });
    await hold.arrived(1);
    scene.crm.add(EVE);
    scene.origin.answer(scene.crm.answer);
    expect((await webhook({ ani: [EVE.phone] })(scene)).status).toBe(200);
    hold.open();
    expect((await before).json).toMatchObject({ contactFound: false });
    await scene.settled();
    expect((await ask({ ani: EVE.phone })).json).toMatchObject({ contactFound: true, displayName: 'Eve Byron' });
  });

  it('an event deletes the entry of the customer who had the number before', async () => {
    await askAndStore({ ani: BOB.phone });
    scene.crm.add({ ...BOB, phone: '+15559999', mobile: '+15559998' });
    scene.crm.add({ ...EVE, phone: BOB.phone });
    expect((await webhook({ ani: [BOB.phone] })(scene)).json).toMatchObject({ invalidated: 1 });
    expect((await ask({ ani: BOB.phone })).json).toMatchObject({ displayName: 'Eve Byron' });
  });

  it('an event with the id of an earlier event and other identifiers is another event', async () => {
    const eventId = randomUUID();
    await webhook({ ani: [EVE.phone] }, { eventId })(scene);
    await askAndStore({ email: EVE.email });
    const other = webhook({ email: [EVE.email] }, { eventId });
    expect((await other(scene)).json).toEqual({ invalidated: 1, duplicate: false });
    expect((await other(scene)).json).toEqual({ invalidated: 1, duplicate: true });
  });
});

describe('the form of identifiers', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open({ store: 'memory' });
  });
  afterEach(() => scene.stop());

  it.each([[null], [{}], [{ ani: [] }], [{ ani: null }], [{ shoeSize: [43] }], [{ ani: ['not a number', ''] }]])(
    'identifiers may be %j, which identifies no entry',
    async (identifiers) => {
      expect(await webhook(identifiers)(scene)).toMatchObject({ status: 200, json: { invalidated: 0 } });
    },
  );

  it.each([['+15550066'], [[EVE.phone]], [{ ani: { number: EVE.phone } }], [{ ani: [[EVE.phone]] }], [{ ani: true }]])(
    'identifiers may not be %j',
    async (identifiers) => {
      const refused = await webhook(identifiers)(scene);
      expect(refused).toMatchObject({ status: 400, json: { code: 'invalid_event' } });
      expect(refused.text).toContain('`identifiers`');
      expect(refused.text).not.toContain(EVE.phone);
    },
  );

  it('the log has the number of identifiers and no identifier', async () => {
    await webhook({ ani: [EVE.phone, EVE.mobile] })(scene);
    expect(scene.audits).toMatchObject([{ identifiers: 2 }]);
    expect(JSON.stringify(scene.logs)).not.toContain(EVE.phone.slice(1));
  });
});
