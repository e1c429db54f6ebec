import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { stringify } from 'yaml';
import { startApp, type TestApp } from '../../support/app.js';
import { bounded } from '../../support/bounded.js';
import { post, type HttpAnswer } from '../../support/http.js';
import { DATABASE_STARTS_WITHIN_MS } from '../../support/postgres-server.js';
import type { TestDatabase } from './databases.js';

/** Far longer than a service needs to end on a busy machine. Far shorter than a statement. */
const ENDS_WITHIN_MS = 10_000;

/** A database for the tests of a block, and the service that asks it. */
export interface SqlStage {
  readonly database: TestDatabase;
  /** Starts a service that ends with the test. Default: the address of the database. */
  start(changes?: StageChanges, url?: string): Promise<TestApp>;
  /** Ends the service before the end of the test. */
  stop(): Promise<void>;
}

/** Starts a database before the tests of a block, and stops it after them. */
export function onDatabase(startDatabase: () => Promise<TestDatabase>): SqlStage {
  let database: TestDatabase;
  let app: TestApp | undefined;
  const stop = async (): Promise<void> => {
    await bounded(app?.stop() ?? Promise.resolve(), ENDS_WITHIN_MS, 'the end of the service');
    app = undefined;
  };
  beforeAll(async () => {
    database = await startDatabase();
  }, DATABASE_STARTS_WITHIN_MS);
  afterEach(stop);
  afterAll(() => database.stop());
  return {
    get database() {
      return database;
    },
    start: async (changes = {}, url = database.url) => {
      await stop();
      return (app = await startOn({ type: database.type, url }, changes));
    },
    stop,
  };
}

/** The faults of the system that the service logged, in order. */
export function faultsOf({ logs }: TestApp): unknown[] {
  return logs.filter(({ system, fault }) => system === 'erp' && fault !== undefined).map(({ fault }) => fault);
}

export interface StageChanges {
  readonly system?: Record<string, unknown>;
  readonly sql?: string;
  readonly origin?: Record<string, unknown>;
  readonly lookups?: Record<string, unknown>;
  readonly fields?: Record<string, unknown>;
  /** Further sections of the file. */
  readonly sections?: Record<string, unknown>;
  readonly env?: Record<string, string>;
}

const BY_PHONE = 'select id, name, tier, balance, since from customers where phone = {ani}';

const FIELDS = {
  customerId: { type: 'string', from: 'id', default: 'UNKNOWN' },
  name: { type: 'string' },
  tier: { type: 'string', default: 'none' },
};

/** A declaration with the lookup `customer`, which asks a database by phone. */
export function sqlDeclaration({ type, url }: Pick<TestDatabase, 'type' | 'url'>, changes: StageChanges = {}): string {
  return stringify({
    systems: { erp: { type, url, timeoutMs: 1000, poolSize: 5, ...changes.system } },
    lookups: {
      customer: {
        key: [{ input: 'ani', kind: 'phone' }],
        origin: { system: 'erp', sql: changes.sql ?? BY_PHONE, ...changes.origin },
        customerId: 'id',
        fields: changes.fields ?? FIELDS,
        cache: { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 },
      },
      ...changes.lookups,
    },
    ...changes.sections,
  });
}

/** Starts the service. Answers are not stored, so that every dip asks the database. */
export function startOn(database: Pick<TestDatabase, 'type' | 'url'>, changes: StageChanges = {}): Promise<TestApp> {
  return startApp(sqlDeclaration(database, changes), { DEADLINE_MS: '5000', ...changes.env });
}

/** Asks a lookup. The answer without its latency. */
export async function dip(
  { url }: TestApp,
  inputs: object,
  lookup = 'customer',
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const { json }: HttpAnswer = await post(`${url}/lookup/${lookup}`, inputs, headers);
  const { latencyMs: _, ...answer } = json ?? {};
  return answer;
}
