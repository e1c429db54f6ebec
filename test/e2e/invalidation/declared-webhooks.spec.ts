import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { raw } from '../../support/http.js';
import { sns } from './aws.js';
import { ADA, BOB } from './crm.js';
import { BIG_ID, DeclaredScene, gitHubBody, KEY, stripeBody, zendeskBody } from './declared-scene.js';
import { gitHub, hmac, hubSpotEvent, KEY_OF_TWO, SECRETS, zendesk, type Headers } from './senders.js';

let region: DeclaredScene;
beforeAll(async () => {
  region = await DeclaredScene.open();
});
afterAll(() => region.stop());

describe('an event of a declared webhook', () => {
  const post = (name: string, event: unknown, headers: Headers = KEY) =>
    region.send(name, JSON.stringify(event), headers);
  const value = (ids: unknown) => ({ value: [{ customer: { id: ids } }] });
  const deep = Array.from({ length: 60 }, () => Array.from({ length: 200 }, () => 1));

  it.each([
    ['without an id', 'zendesk', { detail: {} }, 400, 'invalid_event'],
    ['with a null id', 'zendesk', { detail: { id: null } }, 400, 'invalid_event'],
    ['with a blank id', 'zendesk', { detail: { id: ' ' } }, 400, 'invalid_event'],
    ['with a long id', 'zendesk', { detail: { id: 'x'.repeat(321) } }, 400, 'invalid_event'],
    ['with an object as id', 'zendesk', { detail: { id: { a: 1 } } }, 400, 'invalid_event'],
    [
      'with 10,000 ids',
      'zendesk',
      { detail: { id: Array.from({ length: 10_000 }, (_, at) => at) } },
      400,
      'invalid_event',
    ],
    [
      'with 1,001 ids',
      'zendesk',
      { detail: { id: Array.from({ length: 1001 }, (_, at) => at) } },
      400,
      'invalid_event',
    ],
    ['in large lists', 'zendesk', { detail: { id: ADA.id }, deep }, 400, 'invalid_event'],
    [
      'in a list of 1,001',
      'github',
      { value: Array.from({ length: 1001 }, () => ({ customer: { id: 1 } })) },
      400,
      'invalid_event',
    ],
    ['with an identifier that is a map', 'hubspot', [hubSpotEvent({ phone: {} })], 400, 'invalid_event'],
    ['with two event ids', 'hubspot', [hubSpotEvent({ eventId: ['a', 'b'] })], 400, 'invalid_event'],
    ['of another tenant', 'github', { value: [{ customer: { id: ADA.id }, tenant: '10002' }] }, 403, 'wrong_tenant'],
    [
      'of two, one of another tenant',
      'github',
      { value: [...value(ADA.id).value, { customer: { id: 1 }, tenant: '10002' }] },
      403,
      'wrong_tenant',
    ],
    ['of an undeclared webhook', 'other', {}, 404, 'not_found'],
    ['of a name in another spelling', 'ZENDESK', { detail: { id: ADA.id } }, 404, 'not_found'],
  ])('changes nothing %s: %s', async (_how, name, event, status, code) => {
    await region.stored(ADA.id);
    expect(await post(name, event)).toMatchObject({ status, json: { code } });
    expect(await region.ask(ADA.id)).toBe('cache');
  });

  it('needs a tenant if its caller has several', async () => {
    const headers = { 'X-API-Key': KEY_OF_TWO };
    expect(await post('zendesk', { detail: { id: ADA.id } }, headers)).toMatchObject({
      status: 400,
      json: { code: 'invalid_tenant' },
    });
    expect(await post('github', { value: [{ ...value(ADA.id).value[0], tenant: '10001' }] }, headers)).toMatchObject({
      status: 200,
    });
  });

  it('is ignored with 202 if `when` excludes it, or if the list is empty', async () => {
    await region.stored(ADA.id);
    const other = hubSpotEvent({ subscriptionType: 'contact.creation', objectId: undefined });
    expect(await post('hubspot', [other, other])).toMatchObject({ status: 202, json: { ignored: true } });
    expect(await post('github', { value: [] })).toMatchObject({ status: 202, json: { ignored: true } });
    expect(await region.ask(ADA.id)).toBe('cache');
    expect(await region.scene.countedBy(KEY, 'webhook/hubspot', 'ignored')).toBe(2);
  });

  it('invalidates every customer that it names', async () => {
    await region.stored(ADA.id, BOB.id);
    expect((await post('stripe', JSON.parse(stripeBody) as unknown)).json).toEqual({
      invalidated: 2,
      duplicate: false,
    });
    expect([await region.ask(ADA.id), await region.ask(BOB.id)]).toEqual(['origin', 'origin']);
  });

  it('keeps a customer out of the store for a while if it is critical', async () => {
    const id = 'c-99';
    region.scene.crm.add({ ...ADA, id, phone: '+15550099', mobile: '+15551199', email: 'urgent@example.com' });
    await region.stored(id);
    expect((await post('urgent', { id })).status).toBe(200);
    expect([await region.ask(id), await region.ask(id)]).toEqual(['origin', 'origin']);
  });

  it('keeps the digits of an id beyond 2^53', async () => {
    await region.stored(BIG_ID);
    expect((await region.send('zendesk', `{"detail":{"id":9007199254740992}}`, KEY)).json).toMatchObject({
      invalidated: 0,
    });
    expect((await region.send('zendesk', `{"detail":{"id":${BIG_ID}}}`, KEY)).json).toMatchObject({ invalidated: 1 });
  });

  it('counts as a duplicate by its event id, per webhook and customer', async () => {
    const audits = region.scene.audits.length;
    const event = hubSpotEvent({ eventId: 77 });
    expect((await post('hubspot', [event])).json).toMatchObject({ duplicate: false });
    expect((await post('hubspot', [event])).json).toMatchObject({ duplicate: true });
    expect((await post('hubspot', [hubSpotEvent({ eventId: 77, objectId: BOB.id })])).json).toMatchObject({
      duplicate: false,
    });
    expect((await post('crm', { objectId: ADA.id, eventId: 77 })).json).toMatchObject({ duplicate: false });
    expect(
      region.scene.audits.slice(audits).map(({ source, caller, event: id }) => [source, caller, typeof id]),
    ).toEqual([
      ['webhook/hubspot', 'crm-of-one', 'string'],
      ['webhook/hubspot', 'crm-of-one', 'string'],
      ['webhook/crm', 'crm-of-one', 'string'],
    ]);
    expect(await region.scene.countedBy(KEY, 'webhook/hubspot', 'duplicate')).toBe(1);
  });

  it('takes its event id from a header', async () => {
    const id = randomUUID();
    expect((await region.send('github', gitHubBody, gitHub(gitHubBody, id))).json).toMatchObject({ duplicate: false });
    expect((await region.send('github', gitHubBody, gitHub(gitHubBody, id))).json).toMatchObject({ duplicate: true });
  });

  it('invalidates each time if neither an event id nor a timestamp tells two events apart', async () => {
    const signature = { 'X-Hub-Signature-256': `sha256=${hmac(SECRETS.github, gitHubBody, 'hex')}` };
    for (let time = 0; time < 3; time += 1) {
      await region.stored(ADA.id);
      expect((await region.send('github', gitHubBody, signature)).json).toEqual({ invalidated: 1, duplicate: false });
    }
  });

  it('without an event id is one event by its timestamp and bytes', async () => {
    const body = zendeskBody();
    const headers = zendesk(body);
    expect((await region.send('zendesk', body, headers)).json).toMatchObject({ duplicate: false });
    expect((await region.send('zendesk', body, headers)).json).toMatchObject({ duplicate: true });
  });

  it('deletes the entries of its identifiers', async () => {
    const unknown = { ani: '+15557770001' };
    const asked = () => raw('POST', `${region.scene.process().url}/lookup/customer`, JSON.stringify(unknown), KEY);
    await asked();
    await region.scene.settled();
    expect((await asked()).json).toMatchObject({ source: 'cache' });
    const event = hubSpotEvent({ eventId: 78, phone: unknown.ani, emails: ['a@example.com', null] });
    expect((await post('hubspot', [event])).status).toBe(200);
    expect((await asked()).json).toMatchObject({ source: 'origin' });
  });

  it('is taken out of the envelopes of AWS', async () => {
    const id = randomUUID();
    const envelope = { 'detail-type': 'changed', source: 'crm', id, detail: { detail: { id: ADA.id } } };
    expect((await post('zendesk', sns({ detail: { id: ADA.id } }, id))).json).toMatchObject({ duplicate: false });
    expect((await post('zendesk', sns({ detail: { id: ADA.id } }, id))).json).toMatchObject({ duplicate: true });
    expect((await post('zendesk', envelope)).json).toMatchObject({ duplicate: false });
    expect((await post('zendesk', envelope)).json).toMatchObject({ duplicate: true });
  });
});
