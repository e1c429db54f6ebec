import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestApp } from '../../support/app.js';
import { makeCertificate } from '../../support/certificate.js';
import { eventually } from '../../support/eventually.js';
import { DATABASE_STARTS_WITHIN_MS } from '../../support/postgres-server.js';
import { DATABASES, type TestDatabase } from './databases.js';
import { dip, startOn } from './stage.js';

const ADA = { contactFound: true, name: 'Ada Lovelace', error: '' };
const FAILED = { contactFound: false, source: 'degraded', error: 'origin_error' };
const ASKED = { ani: '+15550017' };

/** The certificate of the server names `db.example` and `localhost`, and not 127.0.0.1. */
describe.each(DATABASES)('a lookup on %s with TLS', (type, startDatabase) => {
  let database: TestDatabase;
  let app: TestApp | undefined;
  let ca = '';
  let otherCa = '';

  beforeAll(async () => {
    database = await startDatabase({ tls: true });
    await database.requireTls();
    ca = await readFile(database.caFile, 'utf8');
    const dir = await mkdtemp(join(tmpdir(), 'datadip-other-ca-'));
    otherCa = await readFile((await makeCertificate(dir)).caFile, 'utf8');
    await rm(dir, { recursive: true });
  }, DATABASE_STARTS_WITHIN_MS);
  afterAll(() => database.stop());
  afterEach(async () => {
    await app?.stop();
    app = undefined;
  });
  const start = async (tls: object | undefined, sql?: string): Promise<TestApp> =>
    (app = await startOn(database, {
      system: tls === undefined ? {} : { tls },
      ...(sql === undefined ? {} : { sql }),
    }));
  const faultOf = ({ logs }: TestApp): unknown => logs.find(({ system, fault }) => system === 'erp' && fault)?.fault;

  it('answers if its own authority signed the certificate of the declared name', async () => {
    expect(await dip(await start({ ca, serverName: 'db.example' }), ASKED)).toMatchObject(ADA);
  });

  it.each([
    ['another authority signed the certificate', () => ({ ca: otherCa, serverName: 'db.example' })],
    ['no authority is declared', () => ({ serverName: 'db.example' })],
    ['the certificate has another name', () => ({ ca, serverName: 'other.example' })],
    ['the certificate does not name the address', () => ({ ca })],
  ])('sends no password if %s', async (_when, tls) => {
    const on = await start(tls());
    expect(await dip(on, ASKED)).toMatchObject(FAILED);
    expect(faultOf(on)).toBe('tls');
  });

  it('is refused without TLS', async () => {
    const on = await start(undefined);
    expect(await dip(on, ASKED)).toMatchObject(FAILED);
    expect(faultOf(on)).toBe('credentials_refused');
  });

  it('cancels a statement through TLS', async () => {
    const sleep = type === 'mysql' ? 'sleep' : 'pg_sleep';
    const sql = `select ${sleep}(60) as name, id from customers where phone = {ani}`;
    const on = await start({ ca, serverName: 'db.example' }, sql);
    const before = await database.cancelled();
    expect(await dip(on, ASKED)).toMatchObject({ error: 'origin_timeout' });
    await eventually(async () => expect(await database.running()).toBe(0));
    expect((await database.cancelled()) - before).toBe(1);
  });
});

describe.each(DATABASES)('a lookup on %s without TLS', (_type, startDatabase) => {
  let database: TestDatabase;
  let app: TestApp | undefined;

  beforeAll(async () => {
    database = await startDatabase();
  }, DATABASE_STARTS_WITHIN_MS);
  afterAll(async () => {
    await app?.stop();
    await database.stop();
  });

  it('sends no password if TLS is declared', async () => {
    app = await startOn(database, { system: { tls: {} } });
    expect(await dip(app, ASKED)).toMatchObject(FAILED);
    expect(app.logs.find(({ system, fault }) => system === 'erp' && fault)?.fault).toBe('tls');
  });
});
