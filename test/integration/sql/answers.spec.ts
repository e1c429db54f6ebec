import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestApp } from '../../support/app.js';
import { POSTGRES_STARTS_WITHIN_MS } from '../../support/postgres-server.js';
import { DATABASES, type TestDatabase } from './databases.js';
import { BY_PHONE, dip, startOn, type StageChanges } from './stage.js';

const ADA = { contactFound: true, customerId: '17', name: 'Ada Lovelace', tier: 'Enterprise', error: '' };
const NOBODY = { contactFound: false, customerId: 'UNKNOWN', name: '', tier: 'none', error: '' };

describe.each(DATABASES)('a lookup on %s', (_name, startDatabase) => {
  let database: TestDatabase;
  let app: TestApp | undefined;

  beforeAll(async () => {
    database = await startDatabase();
  }, POSTGRES_STARTS_WITHIN_MS);
  afterAll(() => database.stop());
  afterEach(async () => {
    await app?.stop();
    app = undefined;
  });
  const start = async (changes?: StageChanges): Promise<TestApp> => (app = await startOn(database, changes));

  it('answers with the row, and with the defaults if there is none', async () => {
    const on = await start();
    expect(await dip(on, { ani: '+15550017' })).toMatchObject({ ...ADA, source: 'origin' });
    expect(await dip(on, { ani: '+15559999' })).toMatchObject({ ...NOBODY, source: 'origin' });
  });
});
