import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { startApp, type TestApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ensureCommands } from '../../support/find-redis.js';
import { post } from '../../support/http.js';
import { DATABASE_STARTS_WITHIN_MS } from '../../support/postgres-server.js';
import { recipeFile } from '../../support/recipe-page.js';
import { startMysqlRecipe, startPostgresRecipe, type RecipeDatabase } from './databases.js';

const KEYS = { ARCHITECT_API_KEY: 'key-of-architect', CRM_WEBHOOK_KEY: 'key-of-webhook' };
const ADA = { contactFound: true, customerId: '17', displayName: 'Ada Lovelace', tier: 'Enterprise', balance: 1234.5 };
const NOBODY = { contactFound: false, customerId: 'UNKNOWN', displayName: '', source: 'origin', error: '' };
const FAILED = { contactFound: false, source: 'degraded', error: 'origin_error' };

describe.each([
  ['postgres', startPostgresRecipe, 'revoke select on datadip_customers from datadip', 'datadip'],
  ['mysql', startMysqlRecipe, "revoke select on datadip_customers from datadip@'%'", "datadip@'%'"],
])('the recipe %s', (name, startDatabase, revoke, user) => {
  let database: RecipeDatabase;
  let app: TestApp;
  beforeAll(async () => {
    ensureCommands(['curl']);
    database = await startDatabase();
    app = await startApp(await recipeFile(name), { ...KEYS, ...database.env, DEADLINE_MS: '5000' });
  }, DATABASE_STARTS_WITHIN_MS);
  afterAll(async () => {
    await app.stop();
    await database.stop();
  });
  const dip = async (inputs: object): Promise<unknown> =>
    (await post(`${app.url}/lookup/customer`, inputs, { 'X-API-Key': KEYS.ARCHITECT_API_KEY })).json;
  const forward = (): Promise<number> =>
    database.forward({ DATADIP_URL: app.url, CRM_WEBHOOK_KEY: KEYS.CRM_WEBHOOK_KEY });

  it('finds a customer under every spelling of the number, by the caller and in the table', async () => {
    expect(await dip({ ani: '+15551234567' })).toMatchObject({ ...ADA, source: 'origin', isDuplicate: false });
    expect(await dip({ ani: 'sip:+15551234567@host;user=phone' })).toMatchObject({ ...ADA, source: 'cache' });
    expect(await dip({ ani: '+15551234568' })).toMatchObject({ displayName: "Grace O'Brien" });
    expect(await dip({ ani: '555 123 4569' })).toMatchObject({ displayName: 'José Núñez' });
    expect(await dip({ ani: '+442079460958' })).toMatchObject({ displayName: 'George Boole', isDuplicate: false });
    expect(await dip({ ani: '+1 207 946 0958' })).toMatchObject({ displayName: 'Mary Maine', isDuplicate: false });
    expect(await dip({ ani: '+15551234571' })).toMatchObject({ customerId: '9007199254740993' });
  });

  it('finds a customer by e-mail, whatever its case and its signs, and no other one', async () => {
    expect(await dip({ email: 'ada@example.com' })).toMatchObject(ADA);
    expect(await dip({ email: "o'brien@example.com" })).toMatchObject({ displayName: "Grace O'Brien" });
    expect(await dip({ email: 'JOSÉ@example.com' })).toMatchObject({ displayName: 'José Núñez' });
    expect(await dip({ email: 'jose@example.com' })).toMatchObject(NOBODY);
  });

  it.each(["x'or'1'='1'@example.com", "x'/**/union/**/select/**/1--@example.com", '%@example.com'])(
    'finds no customer by the e-mail %s',
    async (email) => {
      expect(await dip({ email })).toMatchObject(NOBODY);
    },
  );

  it('answers "not found" for a number that no row has', async () => {
    expect(await dip({ ani: '+15559990000' })).toMatchObject(NOBODY);
  });

  it('answers with the row that changed last if two rows match, and says so', async () => {
    expect(await dip({ ani: '+15551234570' })).toMatchObject({ displayName: 'Twin New', isDuplicate: true });
    expect(await dip({ email: 'twins@example.com' })).toMatchObject({ displayName: 'Twin New', isDuplicate: true });
  });

  it('gives a degraded answer if the database refuses the query, and stores nothing', async () => {
    const asked = { email: 'big@example.com' };
    await database.ask(revoke);
    expect(await dip(asked)).toMatchObject(FAILED);
    await database.ask(`grant select on datadip_customers to ${user}`);
    await eventually(async () => expect(await dip(asked)).toMatchObject({ displayName: 'Big Id', source: 'origin' }));
  });

  it('grants the view alone', async () => {
    expect(await database.askAsDatadip('select name from datadip_customers where id = 17')).toBe('Ada Lovelace\n');
    const refused = ['select ssn from customers', 'delete from datadip_customers', 'select * from datadip_changes'];
    for (const sql of refused) expect(await database.askAsDatadip(sql)).toMatch(/denied/);
  });

  it('asks by the indexes of the page', async () => {
    const filler = Array.from(
      { length: 3000 },
      (_, at) => `(${at + 1000}, 'p${at}@x.example', '+1556${at + 1000000}')`,
    );
    await database.ask(`insert into customers (id, email, phone) values ${filler.join(', ')}`);
    await database.ask('delete from datadip_changes');
    const { lookups } = parse(await recipeFile(name)) as { lookups: { customer: { origin: { sql: string } } } };
    const sql = lookups.customer.origin.sql
      .replace('{ani|digits}', "'15551234567'")
      .replace('{ani|nationalDigits:US}', "'5551234567'")
      .replace('{email}', "'ada@example.com'");
    const plan = await database.plan(sql);
    expect(plan).toContain('customers_phone_digits');
    expect(plan).toContain('customers_email_lower');
  });

  it('sends every change to Datadip once Datadip can be reached', async () => {
    const changed = 'update customers set phone =';
    expect(await dip({ ani: '+15551234567' })).toMatchObject(ADA);
    expect(await dip({ ani: '+15551239999' })).toMatchObject(NOBODY);
    await database.ask(`${changed} 'n/a' where id = 17`);
    await database.ask(`${changed} '(555) 123-9999' where id = 17`);
    expect(await database.forward({ DATADIP_URL: 'http://127.0.0.1:9', CRM_WEBHOOK_KEY: '' })).toBe(1);
    expect(await database.ask('select id from datadip_changes')).toHaveLength(2);
    expect(await forward()).toBe(0);
    expect(await database.ask('select id from datadip_changes')).toEqual([]);
    expect(await dip({ ani: '+15551234567' })).toMatchObject(NOBODY);
    expect(await dip({ ani: '+15551239999' })).toMatchObject({ ...ADA, source: 'origin' });
  });

  it('also sends new and deleted customers', async () => {
    expect(await dip({ email: 'new@example.com' })).toMatchObject(NOBODY);
    await database.ask("insert into customers (id, name, email) values (99, 'New \"Quoted\" Name', 'New@example.com')");
    expect(await forward()).toBe(0);
    expect(await dip({ email: 'new@example.com' })).toMatchObject({ displayName: 'New "Quoted" Name' });
    await database.ask('delete from customers where id = 99');
    expect(await forward()).toBe(0);
    expect(await dip({ email: 'new@example.com' })).toMatchObject(NOBODY);
  });
});
