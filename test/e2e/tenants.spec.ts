import { describe, expect, it } from '@jest/globals';
import { ADA, ADA_ANSWER } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { newPhone, onStage } from './stage.js';

const CALLERS = {
  one: { apiKeys: ['key-of-one'], tenants: ['10001'], scopes: ['lookup'] },
  some: { apiKeys: ['key-of-some'], tenants: ['10001', '10002'], scopes: ['lookup'] },
  every: { apiKeys: ['key-of-every'], tenants: ['*'], scopes: ['lookup'] },
};
const as = (caller: keyof typeof CALLERS, tenant?: string): Record<string, string> => ({
  'x-api-key': `key-of-${caller}`,
  ...(tenant === undefined ? {} : { 'x-genesys-org': tenant }),
});

const stage = onStage({ callers: CALLERS });

const statusOf = async (inputs: Record<string, unknown>, headers: Record<string, string>) =>
  (await stage.ask({ ani: newPhone(), ...inputs }, { headers })).status;

describe('the tenant', () => {
  it('uses the only tenant of the caller when the request names none', async () => {
    expect(await statusOf({}, as('one'))).toBe(200);
  });

  it('refuses a request without a tenant from a caller with several tenants', async () => {
    const { status, json } = await stage.ask({ ani: newPhone() }, { headers: as('some') });

    expect(status).toBe(400);
    expect(json).toMatchObject({ code: 'invalid_tenant' });
    expect(await statusOf({}, as('every'))).toBe(400);
  });

  it('prefers the tenant in the input to the tenant in the header', async () => {
    expect(await statusOf({ tenantId: '10001' }, as('one'))).toBe(200);
    expect(await statusOf({ tenantId: 10001 }, as('one'))).toBe(200);
    expect(await statusOf({}, as('one', '10001'))).toBe(200);
    expect(await statusOf({}, as('some', '10002'))).toBe(200);
    expect(await statusOf({ tenantId: '10001' }, as('one', '10002'))).toBe(200);
    expect(await statusOf({ tenantId: '10002' }, as('one', '10001'))).toBe(403);
  });

  it('reads the tenant from the query of a GET', async () => {
    expect((await stage.get(`/lookup/customer?ani=15550001&tenantId=10001`, as('one'))).status).toBe(200);
    expect((await stage.get(`/lookup/customer?ani=15550001&tenantId=10002`, as('one'))).status).toBe(403);
  });

  it.each(['', null, '${input.tenantId}', '$!{input.tenantId}'])(
    'treats the tenant %j in the input as absent',
    async (tenantId) => {
      expect(await statusOf({ tenantId }, as('one'))).toBe(200);
      expect(await statusOf({ tenantId }, as('some', '10002'))).toBe(200);
    },
  );

  it('treats an empty tenant header as absent', async () => {
    expect(await statusOf({}, as('one', ''))).toBe(200);
  });

  it('refuses a tenant that the caller does not have', async () => {
    const refused = await stage.ask({ ani: newPhone(), tenantId: '10003' }, { headers: as('some') });

    expect(refused.status).toBe(403);
    expect(refused.json).toMatchObject({ code: 'wrong_tenant' });
    expect(await statusOf({}, as('one', '10002'))).toBe(403);
    expect(stage.origin.count).toBe(0);
  });

  it.each(['*', '10001:*', 'a b', '{10001}', '../10001', 'x'.repeat(65), 'ünï'])(
    'refuses %j as a tenant id',
    async (tenantId) => {
      const { status, json } = await stage.ask({ ani: newPhone(), tenantId }, { headers: as('every') });

      expect(status).toBe(400);
      expect(json).toMatchObject({ code: 'invalid_tenant' });
      expect(stage.origin.count).toBe(0);
    },
  );

  it('accepts any tenant from a caller with all tenants', async () => {
    for (const tenant of ['10001', '10002', 'a-tenant_of-its-own'])
      expect(await statusOf({}, as('every', tenant))).toBe(200);
  });
});

describe('two tenants', () => {
  it('stores separate entries for two tenants', async () => {
    const ani = newPhone();
    const first = await stage.ask({ ani, tenantId: '10001' }, { headers: as('every') });
    stage.origin.answer({ results: [{ ...ADA, firstName: 'Another' }] });
    const second = await stage.ask({ ani, tenantId: '10002' }, { headers: as('every') });

    expect(first.json).toMatchObject(ADA_ANSWER);
    expect(second.json).toMatchObject({ displayName: 'Another Lovelace', source: 'origin' });
    expect(stage.origin.count).toBe(2);
  });
});

describe('two callers of one tenant', () => {
  it('shares an entry between two callers of one tenant', async () => {
    const ani = newPhone();
    await stage.ask({ ani }, { headers: as('one') });

    await eventually(async () => {
      const { json } = await stage.ask({ ani }, { headers: as('some', '10001') });
      expect(json).toMatchObject({ ...ADA_ANSWER, source: 'cache' });
    });
    expect(stage.origin.count).toBe(1);
  });
});
