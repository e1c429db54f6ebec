import { describe, expect, it } from '@jest/globals';
import jsonata from 'jsonata';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { keyInputs } from '../../../src/config/sections/lookups/key-inputs.js';
import type { FieldConfig } from '../../../src/config/sections/lookups/lookup-config.js';
import { ENVIRONMENT_VARIABLES } from '../../../src/config/environment/read-environment.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { fileSchema } from '../../../src/config/sections/file.js';
import { DEVELOPMENT, lookupOf } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';
import { keysOf } from '../../../tools/docs/schema-keys.js';

const config = loadConfig(DEVELOPMENT, { sandbox: { url: 'http://127.0.0.1:4000/' } });
const FIVE_MINUTES_MS = 300_000;
const ONE_DAY_MS = 86_400_000;

const ADA = {
  id: 'c-17',
  firstName: 'Ada',
  lastName: 'Lovelace',
  accountTier: 'Enterprise',
  preferredLanguage: 'en-GB',
};

async function answered(fields: ReadonlyMap<string, FieldConfig>, record: unknown): Promise<Record<string, unknown>> {
  const answer: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    const found: unknown = await jsonata(field.from).evaluate(record);
    answer[name] = found ?? field.default;
  }
  return answer;
}

describe('the bundled file', () => {
  it('leaves Genesys Cloud out where only a CRM is configured', () => {
    const alone = loadConfig({ ...DEVELOPMENT, CRM_BASE_URL: 'http://crm.example.com' });
    expect(alone.leftOut).toEqual(['genesys']);
    expect([...alone.systems.keys()]).toEqual(['crm']);
    expect([...alone.lookups.keys()]).toEqual(['customer', 'customer-status', 'account-balance', 'profile']);
  });

  it('needs nothing but the address of a CRM', () => {
    expect(config.systems.get('crm')).toEqual({
      name: 'crm',
      type: 'http',
      baseUrl: 'http://127.0.0.1:4000',
      environment: ['http://127.0.0.1:4000/'],
      auth: { type: 'none' },
      headers: {},
      query: {},
      timeoutMs: 5000,
      traceparent: true,
      limits: {
        maxConcurrent: 200,
        maxPerSecond: undefined,
        adaptive: false,
        backgroundShare: 0.5,
        queueMs: 250,
        schedule: [],
      },
    });
    const [problem] = kindsOf(() => loadConfig({ ...DEVELOPMENT, SANDBOX: 'off' }));
    expect(problem).toMatchObject({ source: 'sandbox.yaml', key: 'systems.crm.baseUrl' });
    expect(problem?.kind).toBe('variable not set: CRM_BASE_URL');
  });

  it.each([
    ['customer', FIVE_MINUTES_MS, 3_600_000, 'ivr', ['ani', 'email']],
    ['customer-status', ONE_DAY_MS, 3_600_000, 'ivr', ['ani', 'email']],
    ['account-balance', 30_000, 60_000, 'ivr', ['ani', 'customerId']],
    ['profile', FIVE_MINUTES_MS, 3_600_000, 'desktop', ['customerId']],
    ['contact', FIVE_MINUTES_MS, 3_600_000, 'ivr', ['ani', 'email']],
  ])('declares %s', (name, ttlMs, staleMs, priority, inputs) => {
    const lookup = lookupOf(config, name);
    expect(lookup.cache).toMatchObject({ ttlMs, staleMs, nearTtlMs: 1000 });
    expect(lookup.priority).toBe(priority);
    expect(keyInputs(lookup.key).map(({ input }) => input)).toEqual(inputs);
    expect(lookup.customerId).toBeDefined();
  });

  it.each(['customer', 'profile'])('makes of a record what the lookup %s promises', async (name) => {
    const expected = {
      customerId: 'c-17',
      displayName: 'Ada Lovelace',
      tier: 'Enterprise',
      language: 'en-GB',
      assignedQueue: 'enterprise-priority-queue-id',
    };
    expect(await answered(lookupOf(config, name).fields, ADA)).toEqual(expected);
  });

  it.each([
    ['Enterprise', 'enterprise-priority-queue-id'],
    ['Professional', 'professional-queue-id'],
    ['Standard', 'standard-queue-id'],
    ['Trial', 'trial-queue-id'],
    ['Unheard-of', 'standard-queue-id'],
  ])('sends the tier %s to %s', async (accountTier, queue) => {
    expect((await answered(lookupOf(config, 'customer').fields, { ...ADA, accountTier })).assignedQueue).toBe(queue);
  });

  it.each([
    ['customer-status', { customerId: 'c-17', vip: true, status: 'active', tier: 'Enterprise' }],
    ['account-balance', { customerId: 'c-17', balance: 12.5, currency: 'EUR', pastDue: true }],
  ])('returns the record of %s unchanged', async (name, record) => {
    expect(await answered(lookupOf(config, name).fields, record)).toEqual(record);
  });
});

describe('the text of the bundled file', () => {
  const text = readFileSync(new URL('../../../src/config/bundled/sandbox.yaml', import.meta.url), 'utf8');
  /** A section begins with its key at the left edge, also if all of it is a comment. */
  const parts = text.split(/^(?:# )?([a-z]+):/m);
  const sections = new Map(parts.flatMap((name, at) => (at % 2 === 1 ? [[name, parts[at + 1] ?? ''] as const] : [])));
  const keys = keysOf(fileSchema).map(({ path }) => path.filter((step) => step !== '[]'));

  it('explains every key of the schema in its section', () => {
    expect(keys.length).toBeGreaterThan(150);
    const missing = keys.filter(([section = '', ...below]) => {
      const key = below.at(-1);
      const found = sections.get(section);
      return found === undefined || (key !== undefined && !new RegExp(`\\b${key.split('(')[0] ?? ''}:`).test(found));
    });
    expect(missing.map((path) => path.join('.'))).toEqual([]);
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');

  it('changes nothing when it is copied', () => {
    expect(parseEnv(text)).toEqual({});
  });

  it('names defaults that are what they say', () => {
    const named = parseEnv(text.replaceAll(/^# ([A-Z_]+=)/gm, '$1'));
    const {
      DATADIP_CONFIG: _file,
      CRM_BASE_URL: _crm,
      REDIS_URL: _redis,
      GENESYS_ENVIRONMENT: _env,
      // The named default is the one of production.
      DRAIN_DELAY_MS: _delay,
      ...defaults
    } = named;
    expect(loadConfig({ ...defaults, ...DEVELOPMENT }, { sandbox: { url: 'http://127.0.0.1:4000/' } })).toEqual(config);
  });

  it('names exactly the variables that Datadip documents', () => {
    const named = [...text.matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(ENVIRONMENT_VARIABLES.map(({ name }) => name).sort());
  });

  it('names the documented default of every variable that has one', () => {
    const values = parseEnv(text.replaceAll(/^# ([A-Z_]+=)/gm, '$1'));
    for (const { name, default: value } of ENVIRONMENT_VARIABLES) {
      if (value !== '') expect([name, values[name]]).toEqual([name, value]);
    }
  });
});
