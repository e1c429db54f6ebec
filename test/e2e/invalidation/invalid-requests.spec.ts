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

/** A valid event of this size. */
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

describe('the webhook', () => {
  it.each([
    ['a body that is no JSON', 'customerId=c-17'],
    ['an empty body', ''],
    ['an empty list', '[]'],
    ['a list with an event without a customer', JSON.stringify([EVENT, { tenantId: '10001' }])],
    ['a string', JSON.stringify(ADA.id)],
    ['null', 'null'],
    ['an event without a customer', JSON.stringify({ tenantId: '10001' })],
    ['an empty id', JSON.stringify({ ...EVENT, customerId: '' })],
    ['an id of spaces', JSON.stringify({ ...EVENT, customerId: '   ' })],
    ['an id that is an object', JSON.stringify({ ...EVENT, customerId: { id: ADA.id } })],
    ['an id that is too long', JSON.stringify({ ...EVENT, customerId: ADA.id.repeat(100) })],
    ['an event id that is a list', JSON.stringify({ ...EVENT, eventId: [7] })],
    ['a string for "critical"', JSON.stringify({ ...EVENT, critical: 'yes' })],
    ['an invalid tenant', JSON.stringify({ ...EVENT, tenantId: '../c-17' })],
  ])('the webhook returns 400 for %s', async (_event, body) => {
    expectRefusal(await send(WEBHOOK, body), 400);
  });

  it('the webhook returns 403 for a tenant of another caller', async () => {
    expectRefusal(await send(WEBHOOK, JSON.stringify({ ...EVENT, tenantId: '10002' })), 403);
  });

  it('the webhook returns 413 only for a body over 256 KiB', async () => {
    expectRefusal(await send(WEBHOOK, padded(EVENT, 300 * KIB)), 413);
    expect((await send(WEBHOOK, padded(EVENT, 200 * KIB))).status).toBe(200);
  });

  it('the webhook returns 405 for every other method', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, headers } = await raw(method, `${scene.process().url}${WEBHOOK}`);
      expect([status, headers.allow]).toEqual([405, 'POST']);
    }
  });
});

describe('the webhook, for an unusual valid event', () => {
  it('the webhook accepts unknown keys, because senders add fields', async () => {
    expect((await send(WEBHOOK, JSON.stringify({ ...EVENT, reason: 'moved', at: { year: 2026 } }))).status).toBe(200);
  });

  it('the webhook accepts null for an optional field', async () => {
    expect((await send(WEBHOOK, JSON.stringify({ ...EVENT, eventId: null, critical: null }))).status).toBe(200);
  });

  it('the webhook treats a numeric id as its text', async () => {
    const answer = await send(WEBHOOK, JSON.stringify({ customerId: 17, tenantId: 10001, eventId: 7 }));
    expect(answer.status).toBe(200);
    const repetition = await send(WEBHOOK, JSON.stringify({ customerId: '17', tenantId: '10001', eventId: '7' }));
    expect(repetition.json).toMatchObject({ duplicate: true });
  });

  it('the webhook accepts JSON with another content type', async () => {
    const answer = await raw('POST', `${scene.process().url}${WEBHOOK}`, JSON.stringify(EVENT), {
      'content-type': 'text/plain',
    });
    expect(answer.status).toBe(200);
  });
});

describe('the EventBridge endpoint', () => {
  const whole = contactEvent() as { detail: Record<string, unknown> };
  it.each([
    ['an event of the webhook', EVENT],
    ['an envelope without an id', { ...whole, id: undefined }],
    ['an empty id', { ...whole, id: '' }],
    ['no detail', { ...whole, detail: undefined }],
    ['a detail that is a string', { ...whole, detail: 'v2.externalcontacts' }],
    ['no topic', { ...whole, detail: { ...whole.detail, topicName: undefined } }],
    ['a body that is a list', { ...whole, detail: { ...whole.detail, eventBody: [] } }],
    ['a list with an event of the webhook', [whole, EVENT]],
    ['null', null],
  ])('the EventBridge endpoint returns 400 for %s', async (_envelope, body) => {
    expectRefusal(await send(EVENTBRIDGE, JSON.stringify(body)), 400);
  });

  it('the EventBridge endpoint returns 413 only for a body over 256 KiB', async () => {
    expectRefusal(await send(EVENTBRIDGE, padded(contactEvent(), 300 * KIB)), 413);
    expect((await send(EVENTBRIDGE, padded(contactEvent(), 200 * KIB))).status).toBe(200);
  });
});
