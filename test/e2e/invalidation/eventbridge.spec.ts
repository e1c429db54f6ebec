import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { post } from '../../support/http.js';
import { ADA, BOB, BOBS_NAME, NEW_NAME } from './crm.js';
import { contactEvent, CUSTOMER_START, USER_PRESENCE } from './envelopes.js';
import { Scene } from './scene.js';

const TOPIC = 'v2.externalcontacts.contacts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open({ store: 'memory' });
  await scene.keep('phone');
  await scene.keep('email');
  await scene.askForBob();
  await scene.settled();
});
afterEach(() => scene.stop());

/** What is left of the three entries that were there. */
async function left(): Promise<string[]> {
  const answers = [await scene.ask('phone'), await scene.ask('email'), await scene.askForBob()];
  return answers.filter(({ json }) => json?.source === 'cache').map(({ json }) => String(json?.displayName));
}

describe('an event of a contact', () => {
  it.each([
    ['the literal {id} in its type', `${TOPIC}.{id}`],
    ['the real id in its type', `${TOPIC}.${ADA.id}`],
    ['any other type', 'something else'],
  ])('invalidates the one its topic names, with %s', async (_with, detailType) => {
    scene.crm.marryAda();
    const answer = await scene.eventBridge(contactEvent({ detailType }));
    expect(answer).toMatchObject({ status: 200, json: { invalidated: 2, duplicate: false } });
    expect((await scene.ask()).json).toMatchObject({ displayName: NEW_NAME });
    expect((await scene.askForBob()).json).toMatchObject({ displayName: BOBS_NAME, source: 'cache' });
  });

  it('invalidates the one its body names, where the topic has the literal {id} too', async () => {
    const envelope = contactEvent({ topic: `${TOPIC}.{id}`, body: { id: ADA.id } });
    expect((await scene.eventBridge(envelope)).json).toEqual({ invalidated: 2, duplicate: false });
  });

  it('is known again by the id of its envelope', async () => {
    const envelope = contactEvent({ id: randomUUID() });
    expect((await scene.eventBridge(envelope)).json).toEqual({ invalidated: 2, duplicate: false });
    await scene.keep();
    expect((await scene.eventBridge(envelope)).json).toEqual({ invalidated: 2, duplicate: true });
    expect((await scene.ask()).json).toMatchObject({ source: 'cache' });
    expect((await scene.eventBridge(contactEvent({ id: randomUUID() }))).json).toMatchObject({ duplicate: false });
    expect(scene.audits).toHaveLength(2);
    expect(await scene.counted('eventbridge', 'done')).toBe(2);
    expect(await scene.counted('eventbridge', 'duplicate')).toBe(1);
  });

  it('is for the tenant of the header', async () => {
    const url = `${scene.process().url}/webhook/eventbridge`;
    expect(await post(url, contactEvent(), { 'X-Genesys-Org': '10001' })).toMatchObject({ status: 200 });
    expect(await post(url, contactEvent(), { 'X-Genesys-Org': '10002' })).toMatchObject({ status: 403 });
  });
});

describe('a merge', () => {
  /** The event is about another contact each time; Ada and Bob are found through its body. */
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
      'all of them',
      { canonicalContactId: ADA.id, mergedTo: ADA.id, mergeSet: [BOB.id], mergedFrom: [{ id: BOB.id }] },
      3,
    ],
  ])('invalidates whom it names in %s', async (_where, body, entries) => {
    const envelope = contactEvent({ topic: `${TOPIC}.c-999`, body });
    expect(await scene.eventBridge(envelope)).toMatchObject({ status: 200, json: { invalidated: entries } });
    expect(await left()).toHaveLength(3 - entries);
    expect(scene.audits).toHaveLength(1);
  });

  it('passes over what is no id', async () => {
    const body = {
      canonicalContactId: null,
      mergedTo: '',
      mergeSet: [null, 7, {}, { id: ' ' }],
      mergedFrom: 'none at all',
    };
    expect(await scene.eventBridge(contactEvent({ body }))).toMatchObject({ status: 200, json: { invalidated: 2 } });
  });
});

describe('what is not about a contact', () => {
  it.each([
    ['a change of presence', USER_PRESENCE],
    ['the start of a conversation', CUSTOMER_START],
    ['an organisation', contactEvent({ topic: `v2.externalcontacts.organizations.${ADA.id}` })],
    ['a note on a contact', contactEvent({ topic: `${TOPIC}.${ADA.id}.notes.n-1` })],
  ])('is taken and ignored: %s', async (_which, envelope) => {
    const answer = await scene.eventBridge(envelope);
    expect(answer.status).toBe(202);
    expect(await left()).toHaveLength(3);
    expect(scene.audits).toEqual([]);
    expect(await scene.counted('eventbridge', 'ignored')).toBe(1);
  });
});
