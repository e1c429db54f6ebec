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

/** One caller a scope, who has that one alone; and one who has all of them, but of another tenant. */
const CALLERS = {
  ...Object.fromEntries(
    SCOPES.map((scope) => [scope, { apiKeys: [keyOf(scope)], tenants: [TENANT], scopes: [scope] }]),
  ),
  stranger: { apiKeys: [keyOf('stranger')], tenants: ['10002'], scopes: SCOPES },
  hook: { hmacSecrets: [HOOK_SECRET], tenants: [TENANT], scopes: ['invalidate', 'events'] },
};

/** The product's whole surface. A route that is added, opened, or given another scope has to be written down here. */
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
  'GET /queues/:queueId/agents': 'agents',
  'DELETE /queues/:queueId/agents/:agentId': 'agents',
  'PUT /queues/:queueId/agents/:agentId': 'agents',
  'POST /agents/:agentId/confirm': 'agents',
  'POST /agents/:agentId/release': 'agents',
  'POST /api/v1/profile': 'lookup',
  'POST /events/agent-status': 'events',
  'POST /lookup/:name': 'lookup',
  'POST /oauth/token': 'open',
  'POST /webhook/customer-updated': 'invalidate',
  'POST /webhook/eventbridge': 'invalidate events',
};
/** What they answer has no tenant. */
const OF_NO_TENANT: ReadonlySet<string> = new Set([
  'GET /metrics',
  'GET /api/v1/systems',
  'GET /data-actions',
  'GET /data-actions/:name.custom.json',
  'GET /docs',
  'GET /docs-json',
  'GET /docs/:asset',
]);
/** They answer whoever holds the right key: there is no lock by this token. */
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

/** A token as the product makes it, for the same key of the same caller, that ended a minute ago. */
async function expiredToken(name: string): Promise<string> {
  const [, claims = ''] = (await token(name)).split('.');
  const content = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  const key = new Uint8Array(hkdfSync('sha256', KEY_SECRET, '', 'datadip access tokens', 32));
  const exp = (ms: number) =>
    new SignJWT({ ...content, exp: Math.floor(ms / 1000) }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' });
  // The same with an hour to go is a good one: what is looked at is that it expired.
  const good = await exp(Date.now() + 3_600_000).sign(key);
  expect((await ask(route('GET /metrics'), {}, { authorization: `Bearer ${good}` })).status).not.toBe(401);
  return exp(Date.now() - 60_000).sign(key);
}

function route(name: string): Route {
  const found = routes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

describe('the surface', () => {
  it('is every route of every controller, with the scopes that are written down', () => {
    expect(Object.fromEntries(routes.map(({ name, scopes }) => [name, scopes.join(' ')]))).toEqual(DECLARED);
  });

  it('has no route beside', () => {
    expect(routesOfExpress(app.app).sort()).toEqual(Object.keys(DECLARED).sort());
  });

  it('has nothing beside its routes that could answer: Nest’s three stages and ours', () => {
    expect(middlewareOfExpress(app.app)).toEqual(['/', '/', '/', '/']);
  });
});

describe.each(Object.entries(DECLARED).filter(([, scopes]) => scopes !== 'open'))('%s', (name, declared) => {
  const scopes = declared.split(' ');
  const others = SCOPES.filter((scope) => !scopes.includes(scope));
  const [scope = ''] = scopes;
  const each = async (headers: Headers, status: number, code: string, tenant?: string): Promise<void> => {
    for (const sample of samples(route(name))) {
      const answer = await ask(route(name), sample, {
        ...headers,
        ...(tenant === undefined ? {} : { 'x-genesys-org': tenant }),
      });
      expect(answer).toMatchObject({ status, json: { status, code } });
      if (status === 401) expect(answer.headers['www-authenticate']).toBeDefined();
    }
  };

  it('is 401 without credentials', () => each({}, 401, 'unauthenticated'));

  it('is 401 with a wrong key', async () => {
    await each({ 'x-api-key': 'no-key' }, 401, 'unauthenticated');
    const basic = Buffer.from(`stranger:${keyOf(scope)}`).toString('base64');
    await each({ authorization: `Basic ${basic}` }, 401, 'unauthenticated');
    await each({ ...signed('no-secret', ''), 'x-api-key': keyOf(scope) }, 401, 'unauthenticated');
  });

  it('is 401 with an expired token', async () => {
    await each({ authorization: `Bearer ${await expiredToken(scope)}` }, 401, 'unauthenticated');
  });

  it('is 403 with every other scope', async () => {
    for (const other of others) {
      await each({ 'x-api-key': keyOf(other) }, 403, 'wrong_scope');
      await each({ authorization: `Bearer ${await token(other)}` }, 403, 'wrong_scope');
    }
  });

  it('is 403 for another tenant, and nobody is asked', async () => {
    if (OF_NO_TENANT.has(name)) return;
    const before = origin.count;
    await each({ 'x-api-key': keyOf(scope) }, 403, 'wrong_tenant', '10002');
    await each({ 'x-api-key': keyOf('stranger') }, 403, 'wrong_tenant', TENANT);
    expect(origin.count).toBe(before);
  });

  it('is answered with the right key, and the right token', async () => {
    const statuses: number[] = [];
    for (const right of scopes)
      for (const headers of [{ 'x-api-key': keyOf(right) }, { authorization: `Bearer ${await token(right)}` }])
        for (const sample of samples(route(name))) statuses.push(await answered(sample, headers));
    // A topic may want one certain scope of several.
    const fits = statuses.filter((status) => status < 300 || (status === 409 && CONFLICT.has(name)));
    expect(fits.length).toBeGreaterThanOrEqual(samples(route(name)).length * 2);
    expect(statuses.filter((status) => !fits.includes(status) && (status !== 403 || scopes.length === 1))).toEqual([]);
  });
  const answered = async (sample: Sample, headers: Headers) => (await ask(route(name), sample, headers)).status;
});

describe('a signature', () => {
  const path = '/webhook/customer-updated';
  const body = JSON.stringify({ customerId: ADA.id });
  const send = (headers: Headers, sent = body, to = path) => raw('POST', app.url + to, sent, { ...headers });

  it('lets its caller in, as far as its scopes go', async () => {
    expect((await send(signed(HOOK_SECRET, body))).status).toBe(200);
    expect((await send(signed(HOOK_SECRET, '{}'), '{}', '/events/agent-status')).status).toBe(400);
  });

  it.each([
    ['over another body', () => signed(HOOK_SECRET, `${body} `)],
    ['from before the window', () => signed(HOOK_SECRET, body, Date.now() - 302_000)],
    ['from after the window', () => signed(HOOK_SECRET, body, Date.now() + 310_000)],
    ['with another time than it was made for', () => ({ ...signed(HOOK_SECRET, body), 'x-signature-timestamp': '1' })],
    ['without a time', () => ({ 'x-signature-256': signed(HOOK_SECRET, body)['x-signature-256'] ?? '' })],
  ])('%s is 401', async (_what, headers) => {
    expect((await send(headers())).status).toBe(401);
  });

  it('that is sent again within the window forgets nothing twice: the event is a duplicate', async () => {
    const event = JSON.stringify({ customerId: ADA.id, eventId: randomUUID() });
    const headers = signed(HOOK_SECRET, event);
    expect((await send(headers, event)).json).toMatchObject({ duplicate: false });
    expect((await send(headers, event)).json).toMatchObject({ duplicate: true });
  });
});

describe.each(Object.entries(DECLARED).filter(([, scopes]) => scopes === 'open'))('%s', (name) => {
  it('is open to everybody, whatever they show', async () => {
    for (const headers of [{}, { 'x-api-key': 'no-key' }, { 'x-genesys-org': '10002' }])
      for (const sample of samples(route(name))) expect((await ask(route(name), sample, headers)).status).toBe(200);
  });
});
