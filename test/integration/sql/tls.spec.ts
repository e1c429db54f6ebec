import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestApp } from '../../support/app.js';
import { makeCertificate } from '../../support/certificate.js';
import { eventually } from '../../support/eventually.js';
import { DATABASES } from './databases.js';
import { dip, faultsOf, onDatabase } from './stage.js';

const ADA = { contactFound: true, name: 'Ada Lovelace', error: '' };
const FAILED = { contactFound: false, source: 'degraded', error: 'origin_error' };
const ASKED = { ani: '+15550017' };

/** The certificate of the server names `db.example` and `localhost`, and not 127.0.0.1. */
describe.each(DATABASES)('a lookup on %s with TLS', (type, startDatabase) => {
  const stage = onDatabase(async () => {
    const database = await startDatabase({ tls: true });
    await database.requireTls();
    return database;
  });
  let ca = '';
  let otherCa = '';

  beforeAll(async () => {
    ca = await readFile(stage.database.caFile, 'utf8');
    const dir = await mkdtemp(join(tmpdir(), 'datadip-other-ca-'));
    otherCa = await readFile((await makeCertificate(dir)).caFile, 'utf8');
    await rm(dir, { recursive: true });
  });
  const start = (tls: object | undefined, sql?: string): Promise<TestApp> =>
    stage.start({ system: tls === undefined ? {} : { tls }, ...(sql === undefined ? {} : { sql }) });

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
    expect(faultsOf(on)[0]).toBe('tls');
  });

  it('is refused without TLS', async () => {
    const on = await start(undefined);
    expect(await dip(on, ASKED)).toMatchObject(FAILED);
    expect(faultsOf(on)[0]).toBe('credentials_refused');
  });

  it('cancels a statement through TLS', async () => {
    const sleep = type === 'mysql' ? 'sleep' : 'pg_sleep';
    const sql = `select ${sleep}(60) as name, id from customers where phone = {ani}`;
    const on = await start({ ca, serverName: 'db.example' }, sql);
    const before = await stage.database.cancelled();
    expect(await dip(on, ASKED)).toMatchObject({ error: 'origin_timeout' });
    await eventually(async () => expect(await stage.database.running()).toBe(0));
    expect((await stage.database.cancelled()) - before).toBe(1);
  });
});

describe.each(DATABASES)('a lookup on %s without TLS', (_type, startDatabase) => {
  const stage = onDatabase(startDatabase);

  it('sends no password if TLS is declared', async () => {
    const on = await stage.start({ system: { tls: {} } });
    expect(await dip(on, ASKED)).toMatchObject(FAILED);
    expect(faultsOf(on)[0]).toBe('tls');
  });
});
