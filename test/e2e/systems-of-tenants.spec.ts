/** This file exceeds 220 lines because its tests share one way to start a tenant's own system. */

import { afterEach, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { startApp, type TestApp } from '../support/app.js';
import { startDatadip } from '../support/datadip-process.js';
import { declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, post, type HttpAnswer } from '../support/http.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';

type Json = Record<string, unknown>;
type Tenant = '10001' | '20002';

const CALLERS = {
  one: { apiKeys: ['key-of-one'], tenants: ['10001'], scopes: ['lookup', 'operate', 'invalidate'] },
  two: { apiKeys: ['key-of-two'], tenants: ['20002'], scopes: ['lookup', 'operate', 'invalidate'] },
};
const KEYS = { '10001': { 'x-api-key': 'key-of-one' }, '20002': { 'x-api-key': 'key-of-two' } };

const WRITES = { allowWrite: true };

const cleanUps: (() => Promise<unknown>)[] = [];
let app: TestApp | undefined;
let next = 0;

afterEach(async () => {
  await app?.stop();
  app = undefined;
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function origin(name: string): Promise<ScriptedOrigin> {
  const started = await startOrigin(({ url }: OriginCall) => {
    const record = { id: 'c-17', firstName: name, lastName: '', accountTier: name };
    return url.startsWith('/api/v2/customers?') ? { results: [record] } : record;
  });
  cleanUps.push(() => started.stop());
  return started;
}

/** Starts a service whose tenant 20002 has its own CRM. */
async function start(
  own: (url: string) => Json = () => ({}),
  system: Json = {},
  env: Record<string, string> = {},
  lookup: Json = {},
): Promise<Record<Tenant, ScriptedOrigin>> {
  const origins = { '10001': await origin('shared'), '20002': await origin('own') };
  const { url } = origins['20002'];
  const file = parse(declaration(origins['10001'].url, { system, callers: CALLERS })) as Json & {
    lookups: { customer: Json };
  };
  Object.assign(file.lookups.customer, lookup);
  const tenants = { '20002': { systems: { crm: { baseUrl: url, ...own(url) } } } };
  app = await startApp(stringify({ ...file, tenants }), env);
  return origins;
}

const ask = (tenant: Tenant, ani = newPhone()): Promise<HttpAnswer> =>
  post(`${app?.url ?? ''}/lookup/customer`, { ani }, KEYS[tenant]);
const newPhone = (): string => `+1555002${String(++next).padStart(4, '0')}`;
const details = async (): Promise<Json> => (await get(`${app?.url ?? ''}/health/ready`)).json?.details as Json;
const metrics = async (): Promise<string> => (await get(`${app?.url ?? ''}/metrics`, KEYS['10001'])).text;

describe("a tenant's own system", () => {
  it('answers the same lookup and identifier for its tenant only, in entries apart', async () => {
    const origins = await start();
    const ani = newPhone();
    for (const source of ['origin', 'cache']) {
      await eventually(async () => {
        expect((await ask('10001', ani)).json).toMatchObject({ tier: 'shared' });
        expect((await ask('20002', ani)).json).toMatchObject({ tier: 'own', source });
      });
    }
    expect([origins['10001'].count, origins['20002'].count]).toEqual([1, 1]);
  });

  it('fails for its tenant only, and the health page names it', async () => {
    const origins = await start();
    origins['20002'].fail(500);
    await eventually(async () => {
      expect((await ask('20002')).json).toMatchObject({ source: 'degraded' });
      expect((await details())['origin crm@20002']).toMatchObject({ fault: 'error_status', calls: 'circuit_open' });
    });

    expect((await ask('10001')).json).toMatchObject({ source: 'origin', tier: 'shared' });
    expect((await details())['origin crm']).toEqual({ status: 'up' });
    expect(app?.logs).toContainEqual(expect.objectContaining({ system: 'crm@20002', fault: 'error_status' }));
    expect(await metrics()).toMatch(/datadip_circuit_open\{system="crm@20002"\} 1/);
  });

  it('is not harmed by the shared system', async () => {
    const origins = await start();
    origins['10001'].fail(429, { 'retry-after': '30' });
    for (let time = 0; time < 5; time++) await ask('10001');

    expect((await ask('10001')).json).toMatchObject({ error: 'origin_rate_limited' });
    expect((await ask('20002')).json).toMatchObject({ source: 'origin', tier: 'own' });
  });

  it('has its own credentials', async () => {
    const origins = await start(() => ({ auth: { type: 'bearer', token: 'token-of-20002' } }), {
      auth: { type: 'bearer', token: 'token-of-all' },
    });
    await Promise.all([ask('10001'), ask('20002')]);

    expect(origins['10001'].calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-of-all']);
    expect(origins['20002'].calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-of-20002']);
  });

  it('takes no place of the others in the bulkhead of a lookup', async () => {
    const origins = await start(undefined, {}, {}, { limits: { maxCalls: 2 } });
    const hold = origins['20002'].hold();
    const waiting = [ask('20002'), ask('20002')];
    await hold.arrived(2);

    expect((await ask('20002')).json).toMatchObject({ error: 'shed' });
    expect((await ask('10001')).json).toMatchObject({ source: 'origin' });
    hold.open();
    await Promise.all(waiting);
  });

  it('opens no connection before its first call, and is then counted under its own name', async () => {
    const origins = await start();
    expect(origins['10001'].connections).toBeGreaterThan(0);
    expect(origins['20002'].connections).toBe(0);
    expect(await metrics()).not.toContain('crm@20002');
    expect(Object.keys(await details())).not.toContain('origin crm@20002');

    await ask('20002');
    expect(origins['20002'].connections).toBeGreaterThan(0);
    expect(await metrics()).toMatch(/datadip_origin_requests_total\{system="crm@20002",outcome="ok"\} 1/);
    expect(await details()).toMatchObject({ 'origin crm@20002': { status: 'up' } });
  });

  it('is not listed among the systems that any caller may list', async () => {
    await start();
    await ask('20002');
    expect((await get(`${app?.url ?? ''}/api/v1/systems`, KEYS['10001'])).json).toMatchObject({
      systems: [{ system: 'crm', reachable: true }],
    });
  });
});

type Client = (loginUrl: string, secret?: string) => Json;

const CLIENTS: readonly [readonly [string, Client], ...(readonly [string, Client])[]] = [
  [
    'genesys',
    (loginUrl, clientSecret = 'secret') => ({
      ...{ type: 'genesys', loginUrl, clientId: 'me', clientSecret },
      ...WRITES,
    }),
  ],
  [
    'cxone',
    (loginUrl, accessKeySecret = 'secret') => ({
      ...{ type: 'cxone', loginUrl, accessKeyId: 'me', accessKeySecret },
      ...WRITES,
    }),
  ],
  [
    'oauth2',
    (loginUrl, clientSecret = 'secret') => ({
      ...{ type: 'oauth2', tokenUrl: `${loginUrl}/token`, clientId: 'me', clientSecret },
      clientAuthentication: 'body',
    }),
  ],
];

/** A login of one client. Each token names the login and its number. */
async function login(name: string): Promise<ScriptedOrigin> {
  const started = await startOrigin();
  started.answer(() => ({ access_token: `${name}-${started.count}`, token_type: 'bearer', expires_in: 3600 }));
  cleanUps.push(() => started.stop());
  return started;
}

describe.each(CLIENTS)("the token of a tenant's own system of type %s", (_type, client) => {
  it('is requested at the first call, from the login of the tenant', async () => {
    const [shared, own] = [await login('shared'), await login('own')];
    const origins = await start(() => ({ auth: client(own.url) }), { auth: client(shared.url) });
    expect([shared.count, own.count]).toEqual([1, 0]);
    await Promise.all([ask('10001'), ask('20002')]);

    expect(origins['10001'].calls[0]?.headers.authorization).toBe('Bearer shared-1');
    expect(origins['20002'].calls[0]?.headers.authorization).toBe('Bearer own-1');
    expect(await details()).toMatchObject({ 'token crm': { state: 'valid' }, 'token crm@20002': { state: 'valid' } });
  });

  it('is refused to its tenant only if its login refuses the client, and no other login gets the secret', async () => {
    const [shared, own] = [await login('shared'), await login('own')];
    own.fail(401);
    const origins = await start(() => ({ auth: client(own.url, 'secret-of-20002') }), { auth: client(shared.url) });
    for (let time = 0; time < 3; time++) expect((await ask('20002')).json).toMatchObject({ source: 'degraded' });

    expect((await ask('10001')).json).toMatchObject({ source: 'origin', tier: 'shared' });
    expect(origins['20002'].count).toBe(0);
    expect(await details()).toMatchObject({
      ...{ 'origin crm': { status: 'up' }, 'token crm': { state: 'valid' } },
      'token crm@20002': { state: 'missing' },
    });
    const secret = /secret-of-20002|c2VjcmV0LW9mLTIwMDAy/;
    expect(own.count).toBeGreaterThan(0);
    for (const calls of [shared.calls, origins['10001'].calls]) expect(JSON.stringify(calls)).not.toMatch(secret);
    expect(JSON.stringify([app?.logs, await details()]) + (await metrics())).not.toMatch(secret);
  });
});

describe("the token of a tenant's own system", () => {
  const client = CLIENTS[0][1];

  it('is another token, also of the same client', async () => {
    const shared = await login('token');
    const origins = await start(undefined, { auth: client(shared.url) });
    await ask('10001');
    await ask('20002');
    expect(origins['20002'].calls[0]?.headers.authorization).toBe('Bearer token-2');

    origins['20002'].fail(401);
    for (let time = 0; time < 5; time++) await ask('20002');
    await ask('10001');
    expect(origins['10001'].calls.at(-1)?.headers.authorization).toBe('Bearer token-1');
    expect((await ask('10001')).json).toMatchObject({ source: 'origin', tier: 'shared' });
  });

  it('keeps only its tenant waiting if the login is away', async () => {
    const shared = await login('shared');
    await start(() => ({ auth: client('http://127.0.0.1:9') }), { auth: client(shared.url) });
    expect((await ask('20002')).json).toMatchObject({ source: 'degraded' });

    expect((await ask('10001')).json).toMatchObject({ source: 'origin' });
    expect(await details()).toMatchObject({
      'token crm': { state: 'valid' },
      'token crm@20002': { state: 'missing', fault: 'unreachable' },
    });
  });
});

describe("a tenant's own system that inherits credentials", () => {
  const auth = { type: 'bearer', token: 'token-of-the-shared-system' };

  it.each<[string, Json, string[] | undefined]>([
    ['on another host', { baseUrl: 'http://127.0.0.2:9' }, ['crm@20002']],
    ['on another host, with its own', { baseUrl: 'http://127.0.0.2:9', auth: { type: 'none' } }, undefined],
    ['on the same host', { baseUrl: 'http://127.0.0.1:9/other' }, undefined],
  ])('is logged at start if it is %s', async (_, own, systems) => {
    const file = parse(declaration('http://127.0.0.1:9', { system: { auth } })) as Json;
    const yaml = stringify({ ...file, tenants: { '20002': { systems: { crm: own } } } });
    const datadip = await startDatadip({ yaml, waitFor: 'listening' });
    cleanUps.push(() => datadip.kill());
    await eventually(() => expect(datadip.output).toContain('embedded: entries live'));

    expect(datadip.logs.find(({ msg }) => String(msg).startsWith("these tenants' systems send"))?.systems).toEqual(
      systems,
    );
  });
});

describe('a system that declared tenants share', () => {
  it.each<[string, string[], Json, string[] | undefined]>([
    ['by callers', ['10001', '20002'], {}, ['crm']],
    ['by the section tenants', ['10001'], { '30003': {} }, ['crm']],
    ['by one tenant', ['10001', '*'], {}, undefined],
    ['with own systems for all but one', ['10001', '20002'], { '20002': { systems: { crm: {} } } }, undefined],
  ])('is logged at start if tenants are declared %s', async (_, tenants, section, systems) => {
    const callers = { one: { apiKeys: ['key-of-one'], tenants, scopes: ['lookup'] } };
    const file = parse(declaration('http://127.0.0.1:9', { callers })) as Json;
    const yaml = stringify({ ...file, tenants: section });
    const datadip = await startDatadip({ yaml, waitFor: 'listening' });
    cleanUps.push(() => datadip.kill());
    await eventually(() => expect(datadip.output).toContain('embedded: entries live'));

    expect(datadip.logs.find(({ msg }) => String(msg).startsWith('several tenants share'))?.systems).toEqual(systems);
  });
});
