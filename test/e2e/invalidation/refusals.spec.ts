import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { raw, type HttpAnswer } from '../../support/http.js';
import { ADA } from './crm.js';
import { contactEvent } from './envelopes.js';
import { Scene } from './scene.js';

const WEBHOOK = '/webhook/customer-updated';
const EVENTBRIDGE = '/webhook/eventbridge';
const EVENT = { customerId: ADA.id, tenantId: '10001' };
const KIB = 1024;

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({ store: 'memory' });
});
afterAll(() => scene.stop());

function send(path: string, body: string): Promise<HttpAnswer> {
  return raw('POST', `${scene.process().url}${path}`, body, { 'content-type': 'application/json' });
}

/** A right event of this many bytes. */
function padded(event: Record<string, unknown>, bytes: number): string {
  const bare = JSON.stringify({ ...event, padding: '' });
  return JSON.stringify({ ...event, padding: 'x'.repeat(bytes - bare.length) });
}

function expectRefusal(answer: HttpAnswer, status: number): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json).toMatchObject({ status, code: expect.any(String) });
  expect(answer.text).not.toContain(ADA.id);
}

describe('the webhook refuses', () => {
  it.each([
    ['no JSON', 'customerId=c-17'],
    ['an empty body', ''],
    ['a list', JSON.stringify([EVENT])],
    ['a text', JSON.stringify(ADA.id)],
    ['null', 'null'],
    ['an event about nobody', JSON.stringify({ tenantId: '10001' })],
    ['an empty id', JSON.stringify({ ...EVENT, customerId: '' })],
    ['an id of spaces', JSON.stringify({ ...EVENT, customerId: '   ' })],
    ['an id that is an object', JSON.stringify({ ...EVENT, customerId: { id: ADA.id } })],
    ['an id too long to be one', JSON.stringify({ ...EVENT, customerId: ADA.id.repeat(100) })],
    ['an event id that is a list', JSON.stringify({ ...EVENT, eventId: [7] })],
    ['"critical" in words', JSON.stringify({ ...EVENT, critical: 'yes' })],
    ['a tenant that is none', JSON.stringify({ ...EVENT, tenantId: '../c-17' })],
  ])('%s: 400', async (_what, body) => {
    expectRefusal(await send(WEBHOOK, body), 400);
  });

  it('a tenant that is not the caller’s: 403', async () => {
    expectRefusal(await send(WEBHOOK, JSON.stringify({ ...EVENT, tenantId: '10002' })), 403);
  });

  it('a body over 256 KiB: 413, and none below', async () => {
    expectRefusal(await send(WEBHOOK, padded(EVENT, 300 * KIB)), 413);
    expect((await send(WEBHOOK, padded(EVENT, 200 * KIB))).status).toBe(200);
  });

  it('every other method: 404', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await raw(method, `${scene.process().url}${WEBHOOK}`)).status).toBe(404);
  });
});

describe('the webhook takes', () => {
  it('keys it does not know, because senders grow', async () => {
    expect((await send(WEBHOOK, JSON.stringify({ ...EVENT, reason: 'moved', at: { year: 2026 } }))).status).toBe(200);
  });

  it('null for what may be left out', async () => {
    expect((await send(WEBHOOK, JSON.stringify({ ...EVENT, eventId: null, critical: null }))).status).toBe(200);
  });

  it('ids without quotes, as the text they show', async () => {
    const answer = await send(WEBHOOK, JSON.stringify({ customerId: 17, tenantId: 10001, eventId: 7 }));
    expect(answer.status).toBe(200);
    const again = await send(WEBHOOK, JSON.stringify({ customerId: '17', tenantId: '10001', eventId: '7' }));
    expect(again.json).toMatchObject({ duplicate: true });
  });

  it('JSON by any other name', async () => {
    const answer = await raw('POST', `${scene.process().url}${WEBHOOK}`, JSON.stringify(EVENT), {
      'content-type': 'text/plain',
    });
    expect(answer.status).toBe(200);
  });
});

describe('the address of EventBridge refuses', () => {
  const whole = contactEvent() as { detail: Record<string, unknown> };
  it.each([
    ['the event without its envelope', whole.detail],
    ['an event of the webhook', EVENT],
    ['an envelope without an id', { ...whole, id: undefined }],
    ['an empty id', { ...whole, id: '' }],
    ['no detail', { ...whole, detail: undefined }],
    ['a detail that is a text', { ...whole, detail: 'v2.externalcontacts' }],
    ['no topic', { ...whole, detail: { ...whole.detail, topicName: undefined } }],
    ['a body that is a list', { ...whole, detail: { ...whole.detail, eventBody: [] } }],
    ['a list of envelopes', [whole]],
    ['null', null],
  ])('%s: 400', async (_what, body) => {
    expectRefusal(await send(EVENTBRIDGE, JSON.stringify(body)), 400);
  });

  it('a body over 256 KiB: 413, and none below', async () => {
    expectRefusal(await send(EVENTBRIDGE, padded(contactEvent(), 300 * KIB)), 413);
    expect((await send(EVENTBRIDGE, padded(contactEvent(), 200 * KIB))).status).toBe(200);
  });
});
