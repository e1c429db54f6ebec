import { stringify } from 'yaml';
import { startApp, type TestApp } from '../../support/app.js';
import { post, type HttpAnswer } from '../../support/http.js';
import type { TestDatabase } from './databases.js';

export interface StageChanges {
  readonly system?: Record<string, unknown>;
  readonly sql?: string;
  readonly origin?: Record<string, unknown>;
  readonly lookups?: Record<string, unknown>;
  readonly fields?: Record<string, unknown>;
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
  });
}

/** Starts the service. Answers are not stored, so that every dip asks the database. */
export function startOn(database: Pick<TestDatabase, 'type' | 'url'>, changes: StageChanges = {}): Promise<TestApp> {
  return startApp(sqlDeclaration(database, changes), { DEADLINE_MS: '5000', ...changes.env });
}

/** Asks a lookup. The answer without its latency. */
export async function dip({ url }: TestApp, inputs: object, lookup = 'customer'): Promise<Record<string, unknown>> {
  const { json }: HttpAnswer = await post(`${url}/lookup/${lookup}`, inputs);
  const { latencyMs: _, ...answer } = json ?? {};
  return answer;
}
