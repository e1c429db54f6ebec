import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac, type BinaryToTextEncoding } from 'node:crypto';
import { post, raw, type HttpAnswer } from '../../support/http.js';
import { ADA } from './crm.js';
import { contactEvent } from './envelopes.js';
import { Scene } from './scene.js';

const SECRET = 'the secret of the crm';
const OLD_SECRET = 'its secret before';
const STRANGER = 'the secret of somebody else';
const [LOOKUP_KEY, INVALIDATE_KEY] = ['may-only-look-up', 'may-only-invalidate'];

/** As in production: nobody may do anything who cannot say who they are. */
const CALLERS = {
  'crm-webhook': { hmacSecrets: [SECRET, OLD_SECRET], tenants: ['*'], scopes: ['invalidate'] },
  'crm-of-one': { apiKeys: [INVALIDATE_KEY], tenants: ['10001'], scopes: ['invalidate'] },
  architect: { apiKeys: [LOOKUP_KEY], tenants: ['10001', '10002'], scopes: ['lookup', 'operate'] },
};
const BODY = JSON.stringify({ customerId: ADA.id, tenantId: '10001' });

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({ store: 'memory', declared: { callers: CALLERS }, env: { NODE_ENV: 'production' } });
});
afterAll(() => scene.stop());

type Headers = Record<string, string>;

interface Signing {
  readonly secret?: string;
  readonly encoding?: BinaryToTextEncoding;
  /** How far the sender's clock is off. */
  readonly skewS?: number;
  /** What was signed, where it is not what is sent. */
  readonly over?: string;
}

function signed(body: string, { secret = SECRET, encoding = 'hex', skewS = 0, over = body }: Signing = {}): Headers {
  const timestamp = String(Math.floor(Date.now() / 1000) + skewS);
  const signature = createHmac('sha256', secret).update(`${timestamp}.${over}`).digest(encoding);
  return { 'X-Signature-256': `sha256=${signature}`, 'X-Signature-Timestamp': timestamp };
}

function send(headers: Headers, body = BODY, path = '/webhook/customer-updated'): Promise<HttpAnswer> {
  return raw('POST', `${scene.process().url}${path}`, body, { 'content-type': 'application/json', ...headers });
}

function lookUp(tenantId = '10001'): Promise<HttpAnswer> {
  return post(`${scene.process().url}/lookup/customer`, { ani: ADA.phone, tenantId }, { 'X-API-Key': LOOKUP_KEY });
}

describe('a signed event', () => {
  it.each([
    ['in hex', {}],
    ['in base64', { encoding: 'base64' }],
    ['with the secret before, while it is being changed', { secret: OLD_SECRET }],
    ['by a clock that is behind', { skewS: -290 }],
    ['by a clock that is ahead', { skewS: 290 }],
  ] as [string, Signing][])('is taken: %s', async (_how, signing) => {
    expect((await send(signed(BODY, signing))).status).toBe(200);
  });

  it('is taken from EventBridge as well, for the tenant of the header', async () => {
    const body = JSON.stringify(contactEvent());
    const headers = { ...signed(body), 'X-Genesys-Org': '10001' };
    expect((await send(headers, body, '/webhook/eventbridge')).status).toBe(200);
  });

  it.each([
    ['by a stranger', () => signed(BODY, { secret: STRANGER })],
    ['over another body', () => signed(BODY, { over: BODY.replace(ADA.id, 'c-18') })],
    ['with another timestamp', () => ({ ...signed(BODY), 'X-Signature-Timestamp': '1' })],
    ['too long ago', () => signed(BODY, { skewS: -310 })],
    ['in the future', () => signed(BODY, { skewS: 310 })],
    ['without a timestamp', () => ({ 'X-Signature-256': signed(BODY)['X-Signature-256'] ?? '' })],
    ['with half a signature', () => ({ ...signed(BODY), 'X-Signature-256': 'sha256=abcdef' })],
    ['with an empty signature', () => ({ ...signed(BODY), 'X-Signature-256': 'sha256=' })],
    [
      'under another algorithm',
      () => ({ ...signed(BODY), 'X-Signature-256': 'sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709' }),
    ],
    [
      'wrongly, with a right key beside it',
      () => ({ ...signed(BODY, { secret: STRANGER }), 'X-API-Key': INVALIDATE_KEY }),
    ],
  ])('is refused: %s: 401', async (_how, headersOf) => {
    // Signed when it is sent: what was too far ahead when the file was read need not be so much later.
    expect(await send(headersOf())).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
  });
});

describe('without a signature', () => {
  it.each([
    ['nothing', {}, 401],
    ['an unknown key', { 'X-API-Key': 'never given out' }, 401],
    ['the key of the sandbox', { 'X-API-Key': 'sandbox' }, 401],
    ['a key that may not invalidate', { 'X-API-Key': LOOKUP_KEY }, 403],
    ['a key that may', { 'X-API-Key': INVALIDATE_KEY }, 200],
  ])('%s: %j gives %i', async (_what, headers: Headers, status) => {
    expect((await send(headers)).status).toBe(status);
  });

  it('a key that may invalidate may not look up', async () => {
    const url = `${scene.process().url}/lookup/customer`;
    expect((await post(url, { ani: ADA.phone }, { 'X-API-Key': INVALIDATE_KEY })).status).toBe(403);
  });
});

describe('the tenant', () => {
  beforeEach(async () => {
    for (const tenant of ['10001', '10002']) await lookUp(tenant);
    await scene.settled();
  });

  it('of an event must be one of the caller’s', async () => {
    const event = JSON.stringify({ customerId: ADA.id, tenantId: '10002' });
    expect((await send({ 'X-API-Key': INVALIDATE_KEY }, event)).status).toBe(403);
    expect((await lookUp('10002')).json).toMatchObject({ source: 'cache' });
  });

  it('is the only one whose entries go', async () => {
    expect((await send(signed(BODY))).json).toMatchObject({ invalidated: 1 });
    expect((await lookUp('10001')).json).toMatchObject({ source: 'origin' });
    expect((await lookUp('10002')).json).toMatchObject({ source: 'cache' });
  });

  it('must be said by a caller who has several', async () => {
    const event = JSON.stringify({ customerId: ADA.id });
    expect(await send(signed(event), event)).toMatchObject({ status: 400, json: { code: 'invalid_tenant' } });
  });
});

it('a refused event leaves no audit line and no trace of who it was about', async () => {
  const before = scene.audits.length;
  await send(signed(BODY, { secret: STRANGER }));
  await send({ 'X-API-Key': LOOKUP_KEY });
  expect(scene.audits).toHaveLength(before);
  const logged = JSON.stringify(scene.process().logs);
  for (const secret of [ADA.id, SECRET, INVALIDATE_KEY, LOOKUP_KEY]) expect(logged).not.toContain(secret);
});
