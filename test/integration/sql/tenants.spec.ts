import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { get, post } from '../../support/http.js';
import { DATABASES } from './databases.js';
import { dip, faultsOf, onDatabase, startOn, type SqlStage } from './stage.js';

/** Each has its own database, except for the first. */
const TENANTS = { shared: '10001', own: '20002', refused: '30003', locked: '40004', away: '50005' };
type Tenant = keyof typeof TENANTS;

const CALLERS = { ops: { apiKeys: ['key-of-ops'], tenants: Object.values(TENANTS), scopes: ['lookup', 'operate'] } };
const ASKED = { ani: '+15550017' };
const headersOf = (tenant: Tenant) => ({ 'x-api-key': 'key-of-ops', 'x-genesys-org': TENANTS[tenant] });

let phones = 15_550_200;
const newPhone = () => ({ ani: `+${++phones}` });

describe.each(DATABASES)("a tenant's own database on %s", (type, startDatabase) => {
  const stage = onDatabase(startDatabase);
  const name = type === 'mysql' ? 'database()' : 'current_database()';
  const sql = `select id, name, ${name} as tier from customers where phone = {ani}`;
  const shared = type === 'mysql' ? 'crm' : 'postgres';
  let on: TestApp;

  beforeAll(async () => {
    const { url, wrongUrl } = await stage.database.addOther();
    const own = (address: string) => ({ systems: { erp: { url: address } } });
    const tenants = {
      [TENANTS.own]: own(url),
      [TENANTS.refused]: own(wrongUrl),
      [TENANTS.locked]: own(url.replace('other-reader', 'wrong-words')),
      [TENANTS.away]: own(url.replace(/:\d+\//, ':9/')),
    };
    const lookups = { slow: slow(type) };
    on = await startOn(stage.database, {
      sql,
      system: { poolSize: 2 },
      lookups,
      sections: { callers: CALLERS, tenants },
    });
  });
  afterAll(() => on.stop());
  const ask = (tenant: Tenant, lookup?: string, inputs = ASKED) => dip(on, inputs, lookup, headersOf(tenant));

  it('answers its tenant only, and the shared database answers the others', async () => {
    const asked = ['shared', 'own', 'shared', 'own'] as const;
    const answers = await Promise.all(asked.map((tenant) => ask(tenant)));
    expect(answers.map(({ tier }) => tier)).toEqual([shared, 'other', shared, 'other']);
  });

  it('fails in a trial with the cause that a dip logs', async () => {
    expect(partOf(await attempt(on, 'customer', 'refused'))).toMatchObject({
      ...{ result: 'failed', error: 'origin_error', cause: 'credentials_refused' },
      calls: [{ system: `erp@${TENANTS.refused}`, status: 0, shape: [] }],
    });
  });

  it.each<[string, Tenant, string]>([
    ['refuses the user', 'refused', 'credentials_refused'],
    ['refuses the password', 'locked', 'credentials_refused'],
    ['is away', 'away', 'connection_refused'],
  ])('that %s harms its tenant only, who never gets a record of the shared database', async (_how, tenant, fault) => {
    const system = `erp@${TENANTS[tenant]}`;
    let details: unknown;
    // Failures about several callers count for the health of the system.
    await eventually(async () => {
      expect(await ask(tenant, 'customer', newPhone())).toMatchObject({ source: 'degraded', tier: 'none' });
      ({ details } = (await get(`${on.url}/health/ready`)).json ?? {});
      expect(details).toMatchObject({ 'origin erp': { status: 'up' }, [`origin ${system}`]: { fault } });
    });
    expect(await ask('shared')).toMatchObject({ source: 'origin', tier: shared });
    expect(on.logs).toContainEqual(expect.objectContaining({ system, fault }));
    expect(faultsOf(on)).toEqual([]);
    expect(JSON.stringify([on.logs, details])).not.toMatch(/other-reader|wrong-words/);
  });

  it('is named by a trial, which shows the statement and neither the address nor the password', async () => {
    const { status, text, json } = await attempt(on, 'customer', 'own', '?values=true');
    const request = { method: 'SQL', url: '', headers: [], body: sql, parameters: 1 };
    const call = { system: `erp@${TENANTS.own}`, request, record: { found: 'list of 1', matches: 1 } };
    const fields = [{ name: 'customerId' }, { name: 'name', value: 'Ada Lovelace' }, { name: 'tier', value: 'other' }];
    expect(status).toBe(200);
    expect(json).toMatchObject({ tenant: TENANTS.own, parts: [{ result: 'found', calls: [call], fields }] });
    expect(text).not.toMatch(/other-reader|127\.0\.0\.1/);
    expect((await attempt(on, 'customer', 'own')).text).not.toContain('Ada');
  });

  it('takes no connection of the shared database while it has no idle one', async () => {
    const busy = [ask('own', 'slow'), ask('own', 'slow')];
    await eventually(async () => expect(await runningOf(stage, type)).toBeGreaterThan(0));
    expect(await ask('shared')).toMatchObject({ source: 'origin', tier: shared });
    for (const answer of await Promise.all(busy)) expect(answer).toMatchObject({ error: 'origin_timeout' });
  });

  it('is not called by a trial of the shared database, whose statement outlives its timeout', async () => {
    expect(partOf(await attempt(on, 'slow', 'shared'))).toMatchObject({
      ...{ result: 'failed', error: 'origin_timeout', cause: 'timeout' },
      calls: [{ system: 'erp', request: { parameters: 1 } }],
      fields: [{ name: 'name', isDefault: true, reason: 'failed' }],
    });
    await eventually(async () => expect(await stage.database.running()).toBe(0));
  });
});

function slow(type: string): object {
  const sleep = type === 'mysql' ? 'sleep(60)' : 'cast(pg_sleep(60) as text)';
  return {
    key: [{ input: 'ani', kind: 'phone' }],
    origin: { system: 'erp', sql: `select ${sleep} as name from customers where phone = {ani}` },
    fields: { name: { type: 'string' } },
    cache: { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 },
  };
}

/** The statements of the user `other` that run now. */
async function runningOf({ database }: SqlStage, type: string): Promise<number> {
  const rows = await database.ask(
    type === 'mysql'
      ? "select id from information_schema.processlist where user = 'other' and command = 'Execute'"
      : "select pid from pg_stat_activity where usename = 'other' and state = 'active'",
  );
  return rows.length;
}

function attempt({ url }: TestApp, lookup: string, tenant: Tenant, query = '') {
  return post(`${url}/try/${lookup}${query}`, ASKED, headersOf(tenant));
}

function partOf({ json }: Awaited<ReturnType<typeof attempt>>): unknown {
  return (json as { readonly parts?: readonly unknown[] } | undefined)?.parts?.[0];
}
