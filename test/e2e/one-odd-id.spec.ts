import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestApp } from '../support/app.js';
import { ADA, ADA_ANSWER, type DeclarationChanges } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import type { HttpAnswer } from '../support/http.js';
import { Answer } from '../support/origin-replies.js';
import type { OriginCall } from '../support/origin.js';
import { startRegion, type Region } from '../support/region.js';

/** A firewall before the origin does not like this value. */
const ODD = "x' or 1=1";
const REFUSED_FOR_AN_HOUR = Answer.json({}, 503, { 'retry-after': '3600' });

const lookup = (name: string) => ({
  description: `A second question about the same id: ${name}`,
  key: [{ input: 'customerId', kind: 'id' }],
  origin: { system: 'crm', path: `/${name}/{customerId}` },
  fields: { tier: { type: 'string', from: 'accountTier', default: 'Standard' } },
  cache: { nearTtlMs: 0 },
});
/** Without a declaration of callers, the sandbox caller may ask for every tenant. */
const tenants = ['10001', '10002', '10003', '10004'];
const callers = { flow: { apiKeys: ['a-key-of-the-flow'], tenants: ['*'], scopes: ['lookup'] } };
const headers = { 'x-api-key': 'a-key-of-the-flow' };

describe.each(['memory', 'redis'])('an origin that refuses a single id, with the store %s', (store) => {
  let region: Region<TestApp>;
  let others = 0;
  const ask = (name: string, customerId: string, at = 0, tenantId = '10001'): Promise<HttpAnswer> =>
    region.lookup(name, { customerId, tenantId }, at);
  const newId = (): string => `c-${++others}`;
  const isOdd = ({ url }: OriginCall): boolean => decodeURIComponent(url).includes(ODD);

  beforeEach(async () => {
    region = await startRegion({
      origin: (call) => (isOdd(call) ? REFUSED_FOR_AN_HOUR : ADA),
      processes: 2,
      store,
      headers,
      declaration: {
        system: { timeoutMs: 5000 },
        lookups: { orders: lookup('orders'), cases: lookup('cases') },
        callers,
      },
      env: { DEADLINE_MS: '20000', REDIS_TIMEOUT_MS: '1000' },
    });
  });
  afterEach(() => region.stop());

  it('answers other ids from the origin, for every tenant, lookup and process', async () => {
    for (const name of ['profile', 'orders', 'cases'])
      for (const tenant of tenants)
        expect((await ask(name, ODD, 0, tenant)).json).toMatchObject({ source: 'degraded', contactFound: false });

    for (const at of [0, 1])
      for (const tenant of tenants)
        expect((await ask('profile', newId(), at, tenant)).json).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
  });

  it('asks the origin once about the refused id, however often callers ask', async () => {
    for (let call = 0; call < 20; call++)
      expect((await ask('profile', ODD)).json).toMatchObject({ source: 'degraded' });

    expect(region.origin.count).toBe(1);
  });

  it('pauses all processes that share the store when the origin refuses every id', async () => {
    region.origin.fail(429, { 'retry-after': '30' });
    for (let call = 0; call < 20; call++)
      expect((await ask('profile', newId())).json).toMatchObject({ error: 'origin_rate_limited' });
    expect(region.origin.count).toBe(3);

    for (let call = 0; call < 5; call++) await ask('profile', newId(), 1);
    expect(region.origin.count).toBe(store === 'redis' ? 3 : 6);
  });
});

describe('an origin that fails for a single id', () => {
  let region: Region<TestApp>;

  beforeAll(async () => {
    const system = { timeoutMs: 60, limits: { maxConcurrent: 6 } };
    region = await startRegion({ origin: () => ADA, declaration: { system, callers }, headers });
  });
  afterAll(() => region.stop());
  afterEach(() => region.origin.answer(() => ADA));

  /** Asks about the id for every tenant: each tenant has its own entry, and its own backoff. */
  const askForAll = (customerId: string): Promise<HttpAnswer[]> =>
    Promise.all(tenants.map((tenantId) => region.lookup('profile', { customerId, tenantId })));

  it.each([
    ['hangs', (): unknown => new Promise(() => undefined)],
    ['answers 500', (): unknown => Answer.json({}, 500)],
    ['answers 401', (): unknown => Answer.json({}, 401)],
    ['answers more than 1 MiB', (): unknown => 'x'.repeat(1024 * 1024)],
    ['closes the connection', (): unknown => Promise.reject(new Error('close'))],
  ])('answers other ids while it %s for the odd id', async (how, fail) => {
    region.origin.calls.length = 0;
    region.origin.answer((call: OriginCall) => (call.url.includes('odd') ? fail() : ADA));
    // Ten failures in a row used to open the circuit.
    while (region.origin.count < 12) {
      for (const { json } of await askForAll(`odd ${how}`)) {
        expect(json).toMatchObject({ source: 'degraded' });
        expect(json?.error).not.toBe('circuit_open');
      }
      await delay(50);
    }
    const others = await Promise.all(
      [1, 2, 3].map((n) => region.lookup('profile', { customerId: `${how} ${n}`, tenantId: '10001' })),
    );
    for (const { json } of others) expect(json).toMatchObject(ADA_ANSWER);
  });
});

describe('a platform that answers 401', () => {
  let region: Region<TestApp>;
  let logins = 0;
  const apiCalls = () => region.origin.calls.filter(({ url }) => url !== '/oauth/token').length;
  const lookUp = (customerId: string) => region.lookup('profile', { customerId });
  /** Answers logins, and API calls with this function. */
  const answerApi = (api: (call: OriginCall) => unknown): void =>
    region.origin.answer((call: OriginCall) => {
      if (call.url !== '/oauth/token') return api(call);
      logins += 1;
      return { access_token: `token-${logins}`, token_type: 'bearer', expires_in: 3600 };
    });

  beforeEach(async () => {
    logins = 0;
    region = await startRegion({ origin: () => ADA, declaration: tokenSystem });
    answerApi(() => ADA);
    await eventually(async () => expect((await lookUp('c-first')).json).toMatchObject(ADA_ANSWER));
    region.origin.calls.length = 0;
    logins = 0;
  });
  afterEach(() => region.stop());

  it('to a single id takes the token from no other id', async () => {
    answerApi(({ url }) => (url.includes('odd') ? Answer.json({}, 401) : ADA));
    for (let round = 0; round < 20; round++) {
      expect((await lookUp('odd')).json).toMatchObject({ source: 'degraded' });
      expect((await lookUp(`c-${round}`)).json).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
    }
    expect(logins).toBeLessThanOrEqual(2);
    expect(apiCalls()).toBeLessThanOrEqual(20 + 4);
  });

  it('to every id with fresh tokens is left alone, and the log says why', async () => {
    answerApi(() => Answer.json({}, 401));
    for (let caller = 0; caller < 60; caller++)
      expect((await lookUp(`d-${caller}`)).json).toMatchObject({ source: 'degraded' });
    expect(apiCalls()).toBeLessThanOrEqual(10);
    expect(region.logs.map(({ msg }) => msg)).toContain('origin fails: credentials refused');
    answerApi(() => ADA);
    await eventually(async () => expect((await lookUp('c-last')).json).toMatchObject(ADA_ANSWER), { withinMs: 20_000 });
  });
});

function tokenSystem(url: string): DeclarationChanges {
  const client = { clientId: 'datadip', clientSecret: 'a-secret-of-the-client' };
  return { system: { auth: { type: 'genesys', loginUrl: url, ...client, allowWrite: true } } };
}
