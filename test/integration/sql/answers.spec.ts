import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DATABASES } from './databases.js';
import { dip, faultsOf, onDatabase } from './stage.js';

const ADA = { contactFound: true, customerId: '17', name: 'Ada Lovelace', tier: 'Enterprise', error: '' };
const NOBODY = { contactFound: false, customerId: 'UNKNOWN', name: '', tier: 'none', error: '' };
const FAILED = { contactFound: false, source: 'degraded', error: 'origin_error' };

describe.each(DATABASES)('a lookup on %s', (type, startDatabase) => {
  const text = type === 'mysql' ? 'char' : 'text';
  const stage = onDatabase(startDatabase);

  it('answers with the row, and with the defaults if there is none', async () => {
    const on = await stage.start();
    expect(await dip(on, { ani: '+15550017' })).toMatchObject({ ...ADA, source: 'origin' });
    expect(await dip(on, { ani: '+15559999' })).toMatchObject({ ...NOBODY, source: 'origin' });
  });

  it('binds every template, with its filter, and NULL for the input that is not given', async () => {
    const sql = 'select * from customers where phone in ({ani}, {ani|last:9}) or name = {name}';
    const key = [
      { input: 'ani', kind: 'phone' },
      { input: 'name', kind: 'id' },
    ];
    const fields = { name: { type: 'string' } };
    const on = await stage.start({ lookups: { either: { key, origin: { system: 'erp', sql }, fields } } });
    expect(await dip(on, { ani: '+15550017' }, 'either')).toMatchObject({ name: 'Ada Lovelace' });
    expect(await dip(on, { name: 'Big Id' }, 'either')).toMatchObject({ name: 'Big Id' });
    expect(await dip(on, { name: 'Nobody' }, 'either')).toMatchObject({ contactFound: false, error: '' });
  });

  it('keeps every digit, and writes moments as ISO 8601', async () => {
    const fields = {
      id: { type: 'string' },
      balance: { type: 'string', from: '$string(balance)' },
      since: { type: 'string' },
    };
    const on = await stage.start({ fields });
    expect(await dip(on, { ani: '+15550018' })).toMatchObject({
      id: '9007199254740993',
      balance: '12345678901234567890.1234',
      since: '',
    });
    expect(await dip(on, { ani: '+15550017' })).toMatchObject({
      id: '17',
      balance: '1234.5',
      since: '2026-01-02T03:04:05',
    });
  });

  it('fails if there are several rows, unless record picks one', async () => {
    const on = await stage.start();
    expect(await dip(on, { ani: '+15550019' })).toMatchObject(FAILED);
    expect(faultsOf(on)[0]).toBe('several_records');
    const picking = await stage.start({
      origin: { record: '$[0]' },
      sql: 'select * from customers where phone = {ani} order by id',
    });
    expect(await dip(picking, { ani: '+15550019' })).toMatchObject({ customerId: '19' });
  });

  it('reads a column called error as data', async () => {
    const sql = `select id, name, 'overdrawn' as error, tier from customers where phone = {ani}`;
    const on = await stage.start({ sql, fields: { note: { type: 'string', from: '`error`' } } });
    expect(await dip(on, { ani: '+15550017' })).toMatchObject({ contactFound: true, note: 'overdrawn' });
  });

  it.each([
    ['an unknown column', 'select nothing from customers where phone = {ani}', 'query_refused'],
    ['an unknown table', 'select * from nowhere where phone = {ani}', 'query_refused'],
    ['two columns of one name', 'select id, id from customers where phone = {ani}', 'repeated_column'],
    [
      'too many rows',
      'select a.id from customers a, customers b, customers c, customers d, customers e, customers f where a.phone <> {ani}',
      'too_large',
    ],
    ['too much text', `select repeat(cast({ani} as ${text}), 200000) as id`, 'too_large'],
  ])('says why it fails: %s', async (_what, sql, fault) => {
    const on = await stage.start({ sql });
    expect(await dip(on, { ani: '+15550017' })).toMatchObject(FAILED);
    expect(faultsOf(on)[0]).toBe(fault);
    expect(JSON.stringify(on.logs)).not.toContain('5550017');
  });

  it('passes every text on unchanged', async () => {
    const key = [{ input: 'word', kind: 'id' }];
    const fields = { word: { type: 'string' }, rows: { type: 'integer' } };
    const sql = `select cast({word} as ${text}) as word, (select count(*) from customers) as \`rows\``;
    const written = type === 'mysql' ? sql : sql.replaceAll('`', '"');
    const cache = { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 };
    const on = await stage.start({
      lookups: { echo: { key, origin: { system: 'erp', sql: written }, fields, cache } },
    });
    const words = fc.array(
      fc.constantFrom("'", '"', '`', '\\', ';', '--', '/*', '$1', '?', '{', ' ', 'a', 'é', '🙂', '%'),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(words, async (parts) => {
        const word = `x${parts.join('')}x`;
        expect(await dip(on, { word }, 'echo')).toMatchObject({ contactFound: true, word, rows: 4 });
      }),
      { numRuns: 60 },
    );
  });

  it('finds no customer by a text that is no value of the column, and reports no failure', async () => {
    const key = [{ input: 'id', kind: 'id' }];
    const sql = `select name from customers where id = {id}${type === 'mysql' ? ' and cast(id as char) = {id}' : ''}`;
    const origin = { system: 'erp', sql };
    const on = await stage.start({ lookups: { byId: { key, origin, fields: { name: { type: 'string' } } } } });
    for (const id of ['17abc', '1.5', '99999999999999999999', 'x'])
      expect(await dip(on, { id }, 'byId')).toMatchObject({ contactFound: false, source: 'origin', error: '' });
    expect(await dip(on, { id: '17' }, 'byId')).toMatchObject({ contactFound: true, name: 'Ada Lovelace' });
    expect(faultsOf(on)).toEqual([]);
  });

  it('still fails in PostgreSQL if a stored value is none of the type', async () => {
    const number = type === 'mysql' ? 'signed' : 'integer';
    const sql = `select id, cast(name as ${number}) as tier from customers where phone = {ani}`;
    const on = await stage.start({ sql });
    const [answer, faults] = type === 'mysql' ? [{ contactFound: true, tier: '0' }, []] : [FAILED, ['value_refused']];
    expect(await dip(on, { ani: '+15550017' })).toMatchObject(answer);
    expect(faultsOf(on)).toEqual(faults);
  });

  it('reads booleans and short numbers as their type', async () => {
    const [yes, no, real] = type === 'mysql' ? ['tinyint(1)', 'bit(1)', 'float'] : ['boolean', 'boolean', 'real'];
    await stage.database.ask('drop table if exists flags');
    const zero = type === 'mysql' ? `b'0'` : 'false';
    const three = type === 'mysql' ? '3' : 'true';
    await stage.database.ask(
      `create table flags (phone varchar(20), yes ${yes}, no ${no}, many ${yes}, a ${real}, b ${real}, c ${real})`,
    );
    await stage.database.ask(
      `insert into flags values ('+15550017', true, ${zero}, ${three}, 1.1, 16777216, 1.17549435e-38)`,
    );
    await stage.database.ask(
      type === 'mysql' ? "grant select on crm.flags to datadip@'127.0.0.1'" : 'grant select on flags to datadip',
    );
    const flag = { type: 'boolean' };
    const number = { type: 'number' };
    const fields = {
      yes: flag,
      no: { ...flag, default: true },
      compared: flag,
      many: number,
      a: number,
      b: number,
      c: number,
    };
    const many = type === 'mysql' ? 'many' : 'many::int as many';
    const on = await stage.start({
      sql: `select 'c-17' as id, yes, no, ${many}, (a > 1) as compared, a, b, c from flags where phone = {ani}`,
      fields,
      origin: { record: '$[0]' },
    });
    expect(await dip(on, { ani: '+15550017' })).toMatchObject({
      ...{ yes: true, no: false, compared: true, many: type === 'mysql' ? 3 : 1 },
      ...{ a: 1.1, b: 16777216, c: 1.1754944e-38 },
    });
  });

  it('writes nothing, also through a function', async () => {
    const body =
      type === 'mysql'
        ? 'create function crm.spend(phone varchar(64)) returns int modifies sql data begin update crm.customers set tier = 0; return 1; end'
        : "create or replace function spend(text) returns int language sql security definer as $$ update customers set tier = 'none'; select 1 $$";
    await stage.database.ask(body);
    const on = await stage.start({ sql: 'select spend({ani}) as id' });
    expect(await dip(on, { ani: '+15550017' })).toMatchObject(FAILED);
    expect(faultsOf(on)[0]).toBe('query_refused');
    expect(await stage.database.ask("select tier from customers where tier = 'Enterprise'")).toHaveLength(1);
  });

  it('answers again at once after its connections were closed while idle', async () => {
    const on = await stage.start();
    await dip(on, { ani: '+15550017' });
    await stage.database.dropSessions();
    expect(await dip(on, { ani: '+15550017' })).toMatchObject(ADA);
  });

  it('says that the login is refused', async () => {
    const on = await stage.start({}, stage.database.urlOf('datadip', 'wrong'));
    expect(await dip(on, { ani: '+15550017' })).toMatchObject(FAILED);
    expect(faultsOf(on)[0]).toBe('credentials_refused');
    expect(JSON.stringify(on.logs)).not.toContain('wrong');
  });
});
