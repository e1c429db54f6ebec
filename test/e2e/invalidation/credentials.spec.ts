import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac, type BinaryToTextEncoding } from 'node:crypto';
import { post, raw, type HttpAnswer } from '../../support/http.js';
import { ADA } from './crm.js';
import { contactEvent } from './envelopes.js';
import { Scene } from './scene.js';

const SECRET = 'the secret of the crm';
const OLD_SECRET = 'its secret before';
const UNKNOWN_SECRET = 'the secret of an unknown caller';
const [LOOKUP_KEY, INVALIDATE_KEY] = ['may-only-look-up', 'may-only-invalidate'];

/** As in production: a request without credentials is refused. */
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
  /** The clock error of the sender, in seconds. A negative value means that the clock is behind. */
  readonly skewS?: number;
  /** The body that was signed. The default is the body that is sent. */
  readonly signedBody?: string | Buffer;
  /** How the sender writes Unix seconds. */
  readonly written?: (seconds: number) => string;
}

function signed(
  body: string | Buffer,
  { secret = SECRET, encoding = 'hex', skewS = 0, signedBody = body, written = String }: Signing = {},
): Headers {
  const timestamp = written(Math.floor(Date.now() / 1000) + skewS);
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(signedBody).digest(encoding);
  return { 'X-Signature-256': `sha256=${signature}`, 'X-Signature-Timestamp': timestamp };
}

function send(headers: Headers, body: string | Buffer = BODY, path = '/webhook/customer-updated'): Promise<HttpAnswer> {
  return raw('POST', `${scene.process().url}${path}`, body, { 'content-type': 'application/json', ...headers });
}

function askForAda(tenantId = '10001'): Promise<HttpAnswer> {
  return post(`${scene.process().url}/lookup/customer`, { ani: ADA.phone, tenantId }, { 'X-API-Key': LOOKUP_KEY });
}

describe('a signed event', () => {
  it.each([
    ['in hex', {}],
    ['in base64', { encoding: 'base64' }],
    ['with the previous secret, during a rotation', { secret: OLD_SECRET }],
    ['from a clock that is behind', { skewS: -290 }],
    ['from a clock that is ahead', { skewS: 290 }],
    ['with a fraction of a second', { written: (seconds) => `${seconds}.123456` }],
  ] as [string, Signing][])('a signed event is accepted: %s', async (_how, signing) => {
    expect((await send(signed(BODY, signing))).status).toBe(200);
  });

  it('a signed event is accepted from EventBridge, for the tenant of the header', async () => {
    const body = JSON.stringify(contactEvent());
    const headers = { ...signed(body), 'X-Genesys-Org': '10001' };
    expect((await send(headers, body, '/webhook/eventbridge')).status).toBe(200);
  });

  it('a signed event is accepted in any charset, because the signature covers its bytes', async () => {
    const body = Buffer.from(BODY, 'utf16le');
    expect((await send(signed(body), body)).status).toBe(200);
    expect((await send(signed(BODY), body)).status).toBe(401);
  });

  it.each([
    ['with an unknown secret', () => signed(BODY, { secret: UNKNOWN_SECRET })],
    ['with another body', () => signed(BODY, { signedBody: BODY.replace(ADA.id, 'c-18') })],
    ['with another timestamp', () => ({ ...signed(BODY), 'X-Signature-Timestamp': '1' })],
    ['signed too long ago', () => signed(BODY, { skewS: -310 })],
    ['signed in the future', () => signed(BODY, { skewS: 310 })],
    ['with milliseconds', () => signed(BODY, { written: (seconds) => `${seconds}000` })],
    ['with a sign', () => signed(BODY, { written: (seconds) => `+${seconds}` })],
    ['with an exponent', () => signed(BODY, { written: (seconds) => `${seconds / 1e9}e9` })],
    ['with a date', () => signed(BODY, { written: (seconds) => new Date(seconds * 1000).toUTCString() })],
    ['without a timestamp', () => ({ 'X-Signature-256': signed(BODY)['X-Signature-256'] ?? '' })],
    ['with half a signature', () => ({ ...signed(BODY), 'X-Signature-256': 'sha256=abcdef' })],
    ['with an empty signature', () => ({ ...signed(BODY), 'X-Signature-256': 'sha256=' })],
    [
      'with another algorithm',
      () => ({ ...signed(BODY), 'X-Signature-256': 'sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709' }),
    ],
    [
      'with an unknown secret and a valid API key',
      () => ({ ...signed(BODY, { secret: UNKNOWN_SECRET }), 'X-API-Key': INVALIDATE_KEY }),
    ],
  ])('a signed event is refused with 401: %s', async (_how, headersOf) => {
    // Signed immediately before sending: a time ahead of the clock moves closer while the test
    // waits.
    expect(await send(headersOf())).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
  });
});

describe('an event without a signature', () => {
  it.each([
    ['no key', {}, 401],
    ['an unknown key', { 'X-API-Key': 'unknown' }, 401],
    ['the key of the sandbox', { 'X-API-Key': 'sandbox' }, 401],
    ['a key that may not invalidate', { 'X-API-Key': LOOKUP_KEY }, 403],
    ['a key that may invalidate', { 'X-API-Key': INVALIDATE_KEY }, 200],
  ])('an event without a signature, with %s (%j), returns %i', async (_credentials, headers: Headers, status) => {
    expect((await send(headers)).status).toBe(status);
  });

  it('a key with the scope `invalidate` may not look up', async () => {
    const url = `${scene.process().url}/lookup/customer`;
    expect((await post(url, { ani: ADA.phone }, { 'X-API-Key': INVALIDATE_KEY })).status).toBe(403);
  });
});

describe('the tenant of an event', () => {
  beforeEach(async () => {
    for (const tenant of ['10001', '10002']) await askForAda(tenant);
    await scene.settled();
  });

  it('the tenant of an event must be a tenant of the caller', async () => {
    const event = JSON.stringify({ customerId: ADA.id, tenantId: '10002' });
    expect((await send({ 'X-API-Key': INVALIDATE_KEY }, event)).status).toBe(403);
    expect((await askForAda('10002')).json).toMatchObject({ source: 'cache' });
  });

  it('an event invalidates only the entries of its tenant', async () => {
    expect((await send(signed(BODY))).json).toMatchObject({ invalidated: 1 });
    expect((await askForAda('10001')).json).toMatchObject({ source: 'origin' });
    expect((await askForAda('10002')).json).toMatchObject({ source: 'cache' });
  });

  it('an event needs a tenant if its caller has several tenants', async () => {
    const event = JSON.stringify({ customerId: ADA.id });
    expect(await send(signed(event), event)).toMatchObject({ status: 400, json: { code: 'invalid_tenant' } });
  });
});

it('a refused event writes no audit line, and no log line with its customer or secrets', async () => {
  const before = scene.audits.length;
  await send(signed(BODY, { secret: UNKNOWN_SECRET }));
  await send({ 'X-API-Key': LOOKUP_KEY });
  expect(scene.audits).toHaveLength(before);
  const logged = JSON.stringify(scene.process().logs);
  for (const secret of [ADA.id, SECRET, INVALIDATE_KEY, LOOKUP_KEY]) expect(logged).not.toContain(secret);
});
