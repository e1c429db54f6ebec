/**
 * This file exceeds 220 lines because its tests need the table of all routes and scopes.
 */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { hkdfSync, randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { raw, type HttpAnswer } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { aboutAda } from '../e2e/stage.js';
import { middlewareOfExpress, routesOf, routesOfExpress, type Route } from './parts/routes.js';
import { bodyOf, samplesOf, signed, urlOf, type Sample } from './parts/samples.js';

type Headers = Readonly<Record<string, string>>;

const SCOPES = ['lookup', 'agents', 'invalidate', 'events', 'operate'] as const;
const KEY_SECRET = randomUUID();
const HOOK_SECRET = 'secret-of-the-hook';
const TENANT = '10001';

/** A caller for each scope, and a caller of another tenant with all scopes. */
const CALLERS = {
  ...Object.fromEntries(
    SCOPES.map((scope) => [scope, { apiKeys: [keyOf(scope)], tenants: [TENANT], scopes: [scope] }]),
  ),
  outsider: { apiKeys: [keyOf('outsider')], tenants: ['10002'], scopes: SCOPES },
  hook: { hmacSecrets: [HOOK_SECRET], tenants: [TENANT], scopes: ['invalidate', 'events'] },
};

/** The complete surface. Add every new route and every changed scope here. */
const DECLARED: Readonly<Record<string, string>> = {
  'GET /agents/:agentId': 'agents',
  'GET /agents/available': 'agents',
  'GET /api/v1/profile': 'lookup',
  'GET /api/v1/systems': 'lookup',
  'GET /data-actions': 'operate',
  'GET /data-actions/:name.custom.json': 'operate',
  'GET /docs': 'operate',
  'GET /docs-json': 'operate',
  'GET /docs/:asset': 'operate',
  'GET /health': 'open',
  'GET /health/live': 'open',
  'GET /health/ready': 'open',
  'GET /health/startup': 'open',
  'GET /lookup/:name': 'lookup',
  'GET /metrics': 'operate',
  'GET /ops': 'operate',
  'GET /ops/stream': 'operate',
  'GET /ops/:asset': 'operate',
  'GET /queues/:queueId/agents': 'agents',
  'GET /queues/:queueId/availability': 'agents',
  'PUT /agents/:agentId/skills': 'agents',
  'DELETE /queues/:queueId/agents/:agentId': 'agents',
  'PUT /queues/:queueId/agents/:agentId': 'agents',
  'POST /agents/:agentId/confirm': 'agents',
  'POST /agents/:agentId/release': 'agents',
  'POST /api/v1/profile': 'lookup',
  'POST /events/agent-status': 'events',
  'POST /lookup/:name': 'lookup',
  'POST /oauth/token': 'open',
  'POST /try/:name': 'operate',
  'POST /webhook/:name': 'invalidate',
  'POST /webhook/customer-updated': 'invalidate',
  'POST /webhook/eventbridge': 'invalidate events',
};
/** The answers of these routes belong to no tenant. */
const OF_NO_TENANT: ReadonlySet<string> = new Set([
  'GET /metrics',
  'GET /api/v1/systems',
  'GET /data-actions',
  'GET /data-actions/:name.custom.json',
  'GET /docs',
  'GET /docs-json',
  'GET /docs/:asset',
  'GET /ops',
  'GET /ops/stream',
  'GET /ops/:asset',
]);
/** Routes that answer 409 with the right key, because no lock has the token of the sample. */
const CONFLICT: ReadonlySet<string> = new Set(['POST /agents/:agentId/confirm', 'POST /agents/:agentId/release']);

let origin: ScriptedOrigin;
let app: TestApp;
let routes: readonly Route[];
beforeAll(async () => {
  origin = await startOrigin(aboutAda);
  app = await startApp(declaration(origin.url, { callers: CALLERS }), { KEY_SECRET });
  routes = routesOf(app.app);
});
afterAll(async () => {
  await app.stop();
  await origin.stop();
});

function keyOf(name: string): string {
  return `key-of-${name}`;
}

const grantOf = (name: string) => `grant_type=client_credentials&client_id=${name}&client_secret=${keyOf(name)}`;

function samples(route: Route, callId: string = randomUUID()): readonly Sample[] {
  const subject = { phone: '+15550017', email: 'ada@example.com', customerId: ADA.id, grant: grantOf('lookup') };
  return samplesOf(route, { ...subject, eventId: randomUUID(), callId });
}

async function ask(route: Route, sample: Sample, headers: Headers): Promise<HttpAnswer> {
  return raw(route.method, app.url + urlOf(route, sample), bodyOf(sample), { ...headers });
}

async function token(name: string): Promise<string> {
  const { json } = await raw('POST', `${app.url}/oauth/token`, grantOf(name));
  return String(json?.access_token);
}

/** Returns a token like those of the service, for the same caller and key, expired for a minute. */
async function expiredToken(name: string): Promise<string> {
  const [, claims = ''] = (await token(name)).split('.');
  const content = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  const key = new Uint8Array(hkdfSync('sha256', KEY_SECRET, '', 'datadip access tokens', 32));
  const exp = (ms: number) =>
    new SignJWT({ ...content, exp: Math.floor(ms / 1000) }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' });
  // The same token with an hour left is valid, so only the expiry makes the other invalid.
  const valid = await exp(Date.now() + 3_600_000).sign(key);
  expect((await ask(route('GET /metrics'), {}, { authorization: `Bearer ${valid}` })).status).not.toBe(401);
  return exp(Date.now() - 60_000).sign(key);
}

function route(name: string): Route {
  const found = routes.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`unknown route ${name}`);
  return found;
}

describe('the surface of the service', () => {
  it('declares exactly the expected routes and scopes', () => {
    expect(Object.fromEntries(routes.map(({ name, scopes }) => [name, scopes.join(' ')]))).toEqual(DECLARED);
  });

  it('serves no route outside the controllers', () => {
    expect(routesOfExpress(app.app).sort()).toEqual(Object.keys(DECLARED).sort());
  });

  it('runs no middleware except the three of Nest and the one of Datadip', () => {
    expect(middlewareOfExpress(app.app)).toEqual(['/', '/', '/', '/']);
  });
});

describe.each(Object.entries(DECLARED).filter(([, scopes]) => scopes !== 'open'))('%s', (name, declared) => {
  const scopes = declared.split(' ');
  const others = SCOPES.filter((scope) => !scopes.includes(scope));
  const [scope = ''] = scopes;
  const expectEach = async (headers: Headers, status: number, code: string, tenant?: string): Promise<void> => {
    for (const sample of samples(route(name))) {
      const answer = await ask(route(name), sample, {
        ...headers,
        ...(tenant === undefined ? {} : { 'x-genesys-org': tenant }),
      });
      expect(answer).toMatchObject({ status, json: { status, code } });
      if (status === 401) expect(answer.headers['www-authenticate']).toBeDefined();
    }
  };

  it(`answers ${name} with 401 without credentials`, () => expectEach({}, 401, 'unauthenticated'));

  it(`answers ${name} with 401 with a wrong key`, async () => {
    await expectEach({ 'x-api-key': 'no-key' }, 401, 'unauthenticated');
    const basic = Buffer.from(`outsider:${keyOf(scope)}`).toString('base64');
    await expectEach({ authorization: `Basic ${basic}` }, 401, 'unauthenticated');
    await expectEach({ ...signed('no-secret', ''), 'x-api-key': keyOf(scope) }, 401, 'unauthenticated');
  });

  it(`answers ${name} with 401 with an expired token`, async () => {
    await expectEach({ authorization: `Bearer ${await expiredToken(scope)}` }, 401, 'unauthenticated');
  });

  it(`answers ${name} with 403 with every other scope`, async () => {
    for (const other of others) {
      await expectEach({ 'x-api-key': keyOf(other) }, 403, 'wrong_scope');
      await expectEach({ authorization: `Bearer ${await token(other)}` }, 403, 'wrong_scope');
    }
  });

  it(`answers ${name} with 403 for another tenant, without a call to the origin`, async () => {
    if (OF_NO_TENANT.has(name)) return;
    const before = origin.count;
    await expectEach({ 'x-api-key': keyOf(scope) }, 403, 'wrong_tenant', '10002');
    await expectEach({ 'x-api-key': keyOf('outsider') }, 403, 'wrong_tenant', TENANT);
    expect(origin.count).toBe(before);
  });

  it(`answers ${name} with the right key and the right token`, async () => {
    const statuses: number[] = [];
    for (const required of scopes)
      for (const headers of [{ 'x-api-key': keyOf(required) }, { authorization: `Bearer ${await token(required)}` }])
        for (const sample of samples(route(name))) statuses.push(await statusOf(sample, headers));
    // A topic may require one particular scope of several.
    const accepted = statuses.filter((status) => status < 300 || (status === 409 && CONFLICT.has(name)));
    expect(accepted.length).toBeGreaterThanOrEqual(samples(route(name)).length * 2);
    expect(statuses.filter((status) => !accepted.includes(status) && (status !== 403 || scopes.length === 1))).toEqual(
      [],
    );
  });
  const statusOf = async (sample: Sample, headers: Headers) => (await ask(route(name), sample, headers)).status;
});

describe('a signed request', () => {
  const path = '/webhook/customer-updated';
  const body = JSON.stringify({ customerId: ADA.id });
  const send = (headers: Headers, sent = body, to = path) => raw('POST', app.url + to, sent, { ...headers });

  it('accepts a signed request within the scopes of its caller', async () => {
    expect((await send(signed(HOOK_SECRET, body))).status).toBe(200);
    expect((await send(signed(HOOK_SECRET, '{}'), '{}', '/events/agent-status')).status).toBe(400);
  });

  it.each([
    ['over another body', () => signed(HOOK_SECRET, `${body} `)],
    ['from before the window', () => signed(HOOK_SECRET, body, Date.now() - 302_000)],
    ['from after the window', () => signed(HOOK_SECRET, body, Date.now() + 310_000)],
    ['with another time than the signed time', () => ({ ...signed(HOOK_SECRET, body), 'x-signature-timestamp': '1' })],
    ['without a time', () => ({ 'x-signature-256': signed(HOOK_SECRET, body)['x-signature-256'] ?? '' })],
  ])('refuses a signature %s with 401', async (_case, headers) => {
    expect((await send(headers())).status).toBe(401);
  });

  it('reports a signed event as a duplicate when it is sent again within the window', async () => {
    const event = JSON.stringify({ customerId: ADA.id, eventId: randomUUID() });
    const headers = signed(HOOK_SECRET, event);
    expect((await send(headers, event)).json).toMatchObject({ duplicate: false });
    expect((await send(headers, event)).json).toMatchObject({ duplicate: true });
  });
});

describe.each(Object.entries(DECLARED).filter(([, scopes]) => scopes === 'open'))('%s', (name) => {
  it(`answers ${name} with any credentials and without`, async () => {
    for (const headers of [{}, { 'x-api-key': 'no-key' }, { 'x-genesys-org': '10002' }])
      for (const sample of samples(route(name))) expect((await ask(route(name), sample, headers)).status).toBe(200);
  });
});
