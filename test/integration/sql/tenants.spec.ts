import { beforeAll, describe, expect, it } from '@jest/globals';
import type { TestApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { get, post } from '../../support/http.js';
import { DATABASES } from './databases.js';
import { dip, faultsOf, onDatabase, type SqlStage } from './stage.js';

type Tenant = '10001' | '20002';

const TENANTS = ['10001', '20002'];
const CALLERS = { ops: { apiKeys: ['key-of-ops'], tenants: TENANTS, scopes: ['lookup', 'operate'] } };
const ASKED = { ani: '+15550017' };
const headersOf = (tenant: Tenant) => ({ 'x-api-key': 'key-of-ops', 'x-genesys-org': tenant });

let phones = 15_550_200;
const newPhone = () => ({ ani: `+${++phones}` });

describe.each(DATABASES)("a tenant's own database on %s", (type, startDatabase) => {
  const stage = onDatabase(startDatabase);
  const name = type === 'mysql' ? 'database()' : 'current_database()';
  const sql = `select id, name, ${name} as tier from customers where phone = {ani}`;
  const shared = type === 'mysql' ? 'crm' : 'postgres';
  let other = { url: '', wrongUrl: '' };
  beforeAll(async () => {
    other = await stage.database.addOther();
  });

  /** Starts a service whose tenant 20002 has the own database `other`. */
  const start = (own: object = { url: other.url }): Promise<TestApp> =>
    stage.start({
      sql,
      system: { poolSize: 2 },
      lookups: { slow: slow(type) },
      sections: { callers: CALLERS, tenants: { '20002': { systems: { erp: own } } } },
    });
  const ask = (on: TestApp, tenant: Tenant, lookup?: string, inputs = ASKED) =>
    dip(on, inputs, lookup, headersOf(tenant));

  it('answers its tenant only, and the shared database answers the others', async () => {
    const on = await start();
    const answers = await Promise.all([...TENANTS, ...TENANTS].map((tenant) => ask(on, tenant as Tenant)));
    expect(answers.map(({ tier }) => tier)).toEqual([shared, 'other', shared, 'other']);
  });

  it.each([
    ['refuses the user', () => ({ url: other.wrongUrl }), 'credentials_refused'],
    ['refuses the password', () => ({ url: other.url.replace('other-reader', 'wrong-words') }), 'credentials_refused'],
    ['is away', () => ({ url: other.url.replace(/:\d+\//, ':9/') }), 'connection_refused'],
  ])('that %s harms its tenant only, who never gets a record of the shared database', async (_how, own, fault) => {
    const on = await start(own());
    let details: unknown;
    // Failures about several callers count for the health of the system.
    await eventually(async () => {
      expect(await ask(on, '20002', 'customer', newPhone())).toMatchObject({ source: 'degraded', tier: 'none' });
      ({ details } = (await get(`${on.url}/health/ready`)).json ?? {});
      expect(details).toMatchObject({ 'origin erp': { status: 'up' }, 'origin erp@20002': { fault } });
    });
    expect(await ask(on, '10001')).toMatchObject({ source: 'origin', tier: shared });
    expect(on.logs).toContainEqual(expect.objectContaining({ system: 'erp@20002', fault }));
    expect(faultsOf(on)).toEqual([]);
    expect(JSON.stringify([on.logs, details])).not.toMatch(/other-reader|wrong-words/);
  });

  it('takes no connection of the shared database while it has no idle one', async () => {
    const on = await start();
    const busy = [ask(on, '20002', 'slow'), ask(on, '20002', 'slow')];
    await eventually(async () => expect(await runningOf(stage, type)).toBeGreaterThan(0));
    expect(await ask(on, '10001')).toMatchObject({ source: 'origin', tier: shared });
    for (const answer of await Promise.all(busy)) expect(answer).toMatchObject({ error: 'origin_timeout' });
  });

  it('is named by a trial, which shows the statement and neither the address nor the password', async () => {
    const on = await start();
    const { status, text, json } = await attempt(on, 'customer', '20002', '?values=true');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      tenant: '20002',
      parts: [
        {
          result: 'found',
          calls: [
            {
              system: 'erp@20002',
              request: { method: 'SQL', url: '', headers: [], body: sql, parameters: 1 },
              record: { found: 'list of 1', matches: 1 },
            },
          ],
          fields: [{ name: 'customerId' }, { name: 'name', value: 'Ada Lovelace' }, { name: 'tier', value: 'other' }],
        },
      ],
    });
    expect(text).not.toMatch(/other-reader|127\.0\.0\.1/);
    expect((await attempt(on, 'customer', '20002')).text).not.toContain('Ada');
  });

  it('fails in a trial with the cause that a dip logs', async () => {
    const on = await start({ url: other.wrongUrl });
    expect(partOf(await attempt(on, 'customer', '20002'))).toMatchObject({
      result: 'failed',
      error: 'origin_error',
      cause: 'credentials_refused',
      calls: [{ system: 'erp@20002', status: 0, shape: [] }],
    });
    expect(partOf(await attempt(on, 'slow', '10001'))).toMatchObject({
      result: 'failed',
      error: 'origin_timeout',
      cause: 'timeout',
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
