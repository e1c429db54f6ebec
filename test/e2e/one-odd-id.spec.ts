import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestApp } from '../support/app.js';
import { ADA, ADA_ANSWER } from '../support/declaration.js';
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
  const deadlineMs = 400;

  beforeAll(async () => {
    region = await startRegion({
      origin: () => ADA,
      declaration: { system: { timeoutMs: 60, limits: { maxConcurrent: 4 } } },
    });
  });
  afterAll(() => region.stop());
  afterEach(() => region.origin.answer(() => ADA));

  it.each([
    ['hangs', (): unknown => new Promise(() => undefined)],
    ['answers 500', (): unknown => Answer.json({}, 500)],
    ['answers 401', (): unknown => Answer.json({}, 401)],
    ['answers more than 1 MiB', (): unknown => 'x'.repeat(1024 * 1024)],
    ['closes the connection', (): unknown => Promise.reject(new Error('close'))],
  ])('answers other ids while it %s for the odd id', async (how, fail) => {
    region.origin.answer((call: OriginCall) => (call.url.includes('odd') ? fail() : ADA));
    const odd = `odd ${how}`;
    const untilMs = performance.now() + 10 * deadlineMs;
    let calls = 0;
    while (performance.now() < untilMs) {
      calls += 1;
      const answer = await region.lookup('profile', { customerId: odd });
      expect(answer.json).toMatchObject({ source: 'degraded' });
      expect(answer.json?.error).not.toBe('circuit_open');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(calls).toBeGreaterThan(10);
    for (let other = 0; other < 4; other++)
      expect((await region.lookup('profile', { customerId: `${how} ${other}` })).json).toMatchObject(ADA_ANSWER);
  });
});
