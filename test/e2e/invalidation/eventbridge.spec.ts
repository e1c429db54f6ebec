import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { post, raw } from '../../support/http.js';
import { ADA, BOB, NAME_OF_BOB, NEW_NAME } from './crm.js';
import { contactEvent, CUSTOMER_START, USER_PRESENCE } from './envelopes.js';
import { Scene } from './scene.js';

const TOPIC = 'v2.externalcontacts.contacts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open({ store: 'memory' });
  await scene.askAndStore('phone');
  await scene.askAndStore('email');
  await scene.askForBob();
  await scene.settled();
});
afterEach(() => scene.stop());

/** The display names of the entries that are still stored, of three. */
async function storedNames(): Promise<string[]> {
  const answers = [await scene.ask('phone'), await scene.ask('email'), await scene.askForBob()];
  return answers.filter(({ json }) => json?.source === 'cache').map(({ json }) => String(json?.displayName));
}

describe('an EventBridge event of a contact', () => {
  it.each([
    ['the literal {id} in its type', `${TOPIC}.{id}`],
    ['the real id in its type', `${TOPIC}.${ADA.id}`],
    ['any other type', 'something else'],
  ])('an EventBridge event invalidates the contact in its topic, with %s', async (_with, detailType) => {
    scene.crm.renameAda();
    const answer = await scene.eventBridge(contactEvent({ detailType }));
    expect(answer).toMatchObject({ status: 200, json: { invalidated: 2, duplicate: false } });
    expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
    expect((await scene.askForBob()).json).toMatchObject({ displayName: NAME_OF_BOB, source: 'cache' });
  });

  it('an EventBridge event invalidates the contact in its body if its topic has the literal {id}', async () => {
    const envelope = contactEvent({ topic: `${TOPIC}.{id}`, body: { id: ADA.id } });
    expect((await scene.eventBridge(envelope)).json).toEqual({ invalidated: 2, duplicate: false });
  });

  it('an EventBridge event keeps all digits of a contact id that is a number', async () => {
    const [id, neighbour] = ['9007199254740993', '9007199254740992'];
    scene.crm.add({ ...ADA, id, phone: '+15559993', mobile: '+15559994', email: 'digits@example.com' });
    await scene.post('/lookup/customer', { ani: '+15559993' });
    const send = (contact: string) =>
      raw(
        'POST',
        scene.url('/webhook/eventbridge'),
        JSON.stringify(contactEvent({ topic: `${TOPIC}.{id}`, body: { id: 'n' } })).replace('"n"', contact),
      );
    expect((await send(neighbour)).json).toMatchObject({ invalidated: 0 });
    expect((await send(id)).json).toMatchObject({ invalidated: 1 });
  });

  it('an EventBridge event with the same envelope id is a duplicate', async () => {
    const envelope = contactEvent({ id: randomUUID() });
    expect((await scene.eventBridge(envelope)).json).toEqual({ invalidated: 2, duplicate: false });
    await scene.askAndStore();
    expect((await scene.eventBridge(envelope)).json).toEqual({ invalidated: 2, duplicate: true });
    expect((await scene.ask()).json).toMatchObject({ source: 'cache' });
    expect((await scene.eventBridge(contactEvent({ id: randomUUID() }))).json).toMatchObject({ duplicate: false });
    expect(scene.audits).toHaveLength(2);
    expect(await scene.counted('eventbridge', 'done')).toBe(2);
    expect(await scene.counted('eventbridge', 'duplicate')).toBe(1);
  });

  it('an EventBridge event applies to the tenant of the header', async () => {
    const url = `${scene.process().url}/webhook/eventbridge`;
    expect(await post(url, contactEvent(), { 'X-Genesys-Org': '10001' })).toMatchObject({ status: 200 });
    expect(await post(url, contactEvent(), { 'X-Genesys-Org': '10002' })).toMatchObject({ status: 403 });
  });
});

describe('an EventBridge event of a merge', () => {
  /** The topic names a different contact each time. The body names Ada and Bob. */
  it.each([
    ['canonicalContactId', { canonicalContactId: ADA.id }, 2],
    ['mergedTo', { mergedTo: ADA.id }, 2],
    ['mergedTo as an object', { mergedTo: { id: ADA.id } }, 2],
    ['mergeSet of ids', { mergeSet: [ADA.id, BOB.id] }, 3],
    ['mergeSet of objects', { mergeSet: [{ id: ADA.id }, { id: BOB.id }] }, 3],
    ['mergedFrom of ids', { mergedFrom: [ADA.id, BOB.id] }, 3],
    ['mergedFrom of objects', { mergedFrom: [{ id: ADA.id }, { id: BOB.id }] }, 3],
    ['mergeOperation', { mergeOperation: { sourceContactId: ADA.id, targetContactId: BOB.id } }, 3],
    [
      'all fields',
      { canonicalContactId: ADA.id, mergedTo: ADA.id, mergeSet: [BOB.id], mergedFrom: [{ id: BOB.id }] },
      3,
    ],
  ])('a merge event invalidates the contacts in %s', async (_where, body, entries) => {
    const envelope = contactEvent({ topic: `${TOPIC}.c-999`, body });
    expect(await scene.eventBridge(envelope)).toMatchObject({ status: 200, json: { invalidated: entries } });
    expect(await storedNames()).toHaveLength(3 - entries);
    expect(scene.audits).toHaveLength(1);
  });

  it('a merge event ignores values that are not ids', async () => {
    const body = {
      canonicalContactId: null,
      mergedTo: '',
      mergeSet: [null, 7, {}, { id: ' ' }],
      mergedFrom: 'no list',
    };
    expect(await scene.eventBridge(contactEvent({ body }))).toMatchObject({ status: 200, json: { invalidated: 2 } });
  });
});

describe('an EventBridge event of another object', () => {
  it.each([
    ['a change of presence', USER_PRESENCE],
    ['the start of a conversation', CUSTOMER_START],
    ['an organization', contactEvent({ topic: `v2.externalcontacts.organizations.${ADA.id}` })],
    ['a note on a contact', contactEvent({ topic: `${TOPIC}.${ADA.id}.notes.n-1` })],
  ])('an EventBridge event without a contact is accepted and ignored: %s', async (_event, envelope) => {
    const answer = await scene.eventBridge(envelope);
    expect(answer.status).toBe(202);
    expect(await storedNames()).toHaveLength(3);
    expect(scene.audits).toEqual([]);
    expect(await scene.counted('eventbridge', 'ignored')).toBe(1);
  });
});
