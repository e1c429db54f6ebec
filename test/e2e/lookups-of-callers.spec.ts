import { describe, expect, it } from '@jest/globals';
import { AGENT_ACTIONS } from '../../src/config/sections/lookups/platform-limits.js';
import { newPhone, onStage } from './stage.js';

const CALLERS = {
  every: { apiKeys: ['key-of-every'], tenants: ['10001'], scopes: ['lookup', 'operate'] },
  some: { apiKeys: ['key-of-some'], tenants: ['10001'], scopes: ['lookup'], lookups: ['customer', 'profile'] },
  whole: { apiKeys: ['key-of-whole'], tenants: ['10001'], scopes: ['lookup', 'operate'], lookups: ['whole'] },
};
const as = (caller: keyof typeof CALLERS): Record<string, string> => ({ 'x-api-key': `key-of-${caller}` });

const WHOLE = { compose: [{ lookup: 'customer' }], fields: { tier: 'customer.tier' } };
const LIMITED = {
  key: [{ input: 'ani', kind: 'phone' }],
  origin: { system: 'crm', path: '/api/v2/customers', query: { phone: '{ani}' }, record: 'results[0]' },
  customerId: 'id',
  fields: { tier: { type: 'string', from: 'accountTier' } },
  limits: { maxPerSecond: 1 },
};

const stage = onStage({ callers: CALLERS, lookups: { whole: WHOLE, limited: LIMITED } });
const ask = (lookup: string, headers: Record<string, string>, ani = newPhone()) =>
  stage.ask({ ani }, { lookup, headers });

describe('the lookups of a caller', () => {
  it.each([
    ['every', 'customer', 200],
    ['every', 'whole', 200],
    ['every', 'unknown', 404],
    ['some', 'customer', 200],
    ['some', 'profile', 200],
    ['some', 'limited', 403],
    ['some', 'whole', 403],
    ['some', 'unknown', 403],
    ['some', '__proto__', 403],
    ['whole', 'whole', 200],
    ['whole', 'customer', 403],
  ] as const)('answer %s about the lookup %s with %i', async (caller, lookup, status) => {
    const path = `/lookup/${lookup}?ani=${encodeURIComponent(newPhone())}`;

    expect((await ask(lookup, as(caller))).status).toBe(status);
    expect((await stage.get(path, as(caller))).status).toBe(status);
  });

  it.each([
    ['some', 200],
    ['whole', 403],
  ] as const)('apply to the profile route as the lookup profile: %s gets %i', async (caller, status) => {
    expect((await stage.get('/api/v1/profile?customerId=c-17', as(caller))).status).toBe(status);
  });

  it('are named in no refusal, and a refused request calls no system', async () => {
    const { status, headers, json } = await ask('limited', as('some'));

    expect(status).toBe(403);
    expect(headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(json).toMatchObject({ code: 'wrong_lookup', title: 'caller may not use this lookup' });
    expect(stage.origin.count).toBe(0);
  });

  it('are checked before the limits of the lookup count the request', async () => {
    for (let time = 0; time < 5; time++) expect((await ask('limited', as('some'))).status).toBe(403);

    expect((await ask('limited', as('every'))).status).toBe(200);
  });

  it('hold for a stored entry, too', async () => {
    const ani = newPhone();
    await ask('customer', as('some'), ani);

    expect((await ask('customer', as('whole'), ani)).status).toBe(403);
  });

  it('hold for a token of the caller', async () => {
    const form = 'grant_type=client_credentials&client_id=some&client_secret=key-of-some';
    const response = await fetch(`${stage.app.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form,
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${token}` };

    expect((await ask('customer', headers)).status).toBe(200);
    expect((await ask('whole', headers)).json).toMatchObject({ code: 'wrong_lookup' });
  });

  it('are a reason for 403 in the OpenAPI document', async () => {
    const { json } = await stage.get('/docs-json', as('every'));
    const paths = json?.paths as Record<string, Record<string, { responses: Record<string, unknown> }>>;

    for (const operation of [paths['/lookup/customer']?.post, paths['/api/v1/profile']?.get])
      expect(JSON.stringify(operation?.responses['403'])).toContain('wrong_lookup');
  });

  it('are the only ones whose Data Actions the caller sees', async () => {
    const names = async (caller: keyof typeof CALLERS): Promise<string[]> => {
      const { json } = await stage.get('/data-actions', as(caller));
      return (json?.dataActions as { name: string }[]).map(({ name }) => name);
    };
    expect(await names('whole')).toEqual(['whole', ...AGENT_ACTIONS]);
    expect(await names('every')).toEqual(expect.arrayContaining(['customer', 'limited', 'whole']));
  });

  it.each([
    ['whole', 'whole', 200],
    ['whole', 'customer', 403],
    ['whole', 'unknown', 403],
    ['whole', 'constructor', 403],
    ['every', 'customer', 200],
    ['every', 'unknown', 404],
  ] as const)('answer %s about the file of %s', async (caller, name, status) => {
    expect((await stage.get(`/data-actions/${name}.custom.json`, as(caller))).status).toBe(status);
    for (const action of AGENT_ACTIONS)
      expect((await stage.get(`/data-actions/${action}.custom.json`, as(caller))).status).toBe(200);
  });

  it('are the only ones in the OpenAPI document of the caller', async () => {
    const paths = Object.keys((await stage.get('/docs-json', as('whole'))).json?.paths as object);

    expect(paths.filter((path) => /^[/]lookup|profile/.test(path))).toEqual(['/lookup/whole']);
    expect(paths).toContain('/data-actions');
  });
});
