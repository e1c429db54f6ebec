import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { stringify } from 'yaml';
import type { TestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import type { HttpAnswer } from '../support/http.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';
import { startRegion, type Region } from '../support/region.js';
import { newPhone } from './stage.js';

// This file exceeds 220 lines because its declaration and its three systems belong to every test.
const CACHE = { nearTtlMs: 0 };

function lookups(): Record<string, unknown> {
  const byId = (system: string, fields: Record<string, unknown>) => ({
    key: [{ input: 'customerId', kind: 'id' }],
    origin: { system, path: `/${system}/{customerId}` },
    customerId: 'customerId',
    fields,
    cache: CACHE,
  });
  return {
    person: {
      key: [
        { input: 'ani', kind: 'phone' },
        { input: 'email', kind: 'email' },
      ],
      origin: { system: 'crm', path: '/persons', query: { phone: '{ani}', email: '{email}' } },
      customerId: 'id',
      fields: {
        id: { type: 'string', default: 'UNKNOWN' },
        number: { type: 'number' },
        tier: { type: 'string', default: 'Standard' },
      },
      cache: CACHE,
    },
    balance: byId('billing', { balance: { type: 'number', default: -1 } }),
    cases: byId('desk', { count: { type: 'integer' } }),
    web: {
      key: [{ input: 'email', kind: 'email' }],
      origin: { system: 'desk', path: '/web', query: { email: '{email}' } },
      customerId: 'customerId',
      fields: { login: { type: 'string' } },
      cache: CACHE,
    },
    whole: {
      compose: [
        { lookup: 'person' },
        { lookup: 'balance', with: { customerId: 'person.id' } },
        { lookup: 'cases', with: { customerId: 'person.id' } },
      ],
      fields: {
        id: 'person.id',
        number: 'person.number',
        tier: 'person.tier',
        balance: 'balance.balance',
        cases: 'cases.count',
      },
      limits: { maxConcurrent: 50 },
    },
    'with-web': {
      compose: [{ lookup: 'person' }, { lookup: 'web' }],
      fields: { id: 'person.id', login: 'web.login' },
    },
  };
}

const CALLERS = { flow: { apiKeys: ['key-of-flow'], tenants: ['10001'], scopes: ['lookup', 'invalidate', 'operate'] } };
const KEY = { 'x-api-key': 'key-of-flow' };
const DEFAULTS = { contactFound: false, id: 'UNKNOWN', number: 0, tier: 'Standard', balance: -1, cases: 0 };

type SystemName = 'crm' | 'billing' | 'desk';

let origins: Record<SystemName, ScriptedOrigin>;
let region: Region<TestApp>;
/** The id of the customer of every caller. Each test has its own, so its own entries. */
let id = '';

beforeAll(async () => {
  const [crm, billing, desk] = await Promise.all([startOrigin(), startOrigin(), startOrigin()]);
  origins = { crm, billing, desk };
  const systems = Object.fromEntries(
    Object.entries(origins).map(([name, { url }]) => [name, { baseUrl: url, timeoutMs: 2000 }]),
  );
  const declaration = stringify({ systems, lookups: lookups(), callers: CALLERS });
  region = await startRegion({ declaration, headers: KEY, env: { DEADLINE_MS: '1500' } });
});
beforeEach(() => {
  id = `c-${randomUUID()}`;
  origins.crm.answer({ id, number: 17, tier: 'Enterprise' });
  origins.billing.answer({ customerId: id, balance: 12.5 });
  origins.desk.answer(({ url }: OriginCall) => ({ customerId: id, count: 3, login: url }));
  for (const origin of Object.values(origins)) origin.calls.length = 0;
});
afterAll(async () => {
  await region.stop();
  await Promise.all(Object.values(origins).map((origin) => origin.stop()));
});

const ask = (inputs: Record<string, unknown>, lookup = 'whole'): Promise<HttpAnswer> =>
  region.lookup(lookup, inputs, 0);
const calls = () => Object.fromEntries(Object.entries(origins).map(([name, { count }]) => [name, count]));

/** Asks until the entries of all parts answer: Datadip stores an entry after its answer. */
async function warm(inputs: Record<string, unknown>): Promise<void> {
  await eventually(async () => expect((await ask(inputs)).json).toMatchObject({ source: 'cache' }));
  for (const origin of Object.values(origins)) origin.calls.length = 0;
}

describe('a composed dip', () => {
  it('answers from three systems, then from the cache', async () => {
    const ani = newPhone();
    const first = await ask({ ani });
    expect(first.status).toBe(200);
    expect(first.headers['x-cache']).toBe('MISS');
    expect(first.json).toEqual({
      ...{ contactFound: true, id, number: 17, tier: 'Enterprise', balance: 12.5, cases: 3 },
      ...{ source: 'origin', cacheHit: false, latencyMs: expect.any(Number), error: '' },
      ...{ partial: false, missing: '' },
    });
    const second = await ask({ ani });
    expect(second.json).toMatchObject({ source: 'cache', cacheHit: true, balance: 12.5, cases: 3, partial: false });
    expect(second.headers['x-cache']).toBe('HIT');
    expect(calls()).toEqual({ crm: 1, billing: 1, desk: 1 });
  });

  it('requests parts that do not need each other at the same time', async () => {
    const [billing, desk] = [origins.billing.hold(), origins.desk.hold()];
    const asked = ask({ ani: newPhone() });
    await Promise.all([billing.arrived(1), desk.arrived(1)]);
    billing.open();
    desk.open();
    expect((await asked).json).toMatchObject({ balance: 12.5, cases: 3, partial: false });
  });

  it('shares the entries of its parts with the lookups themselves', async () => {
    await ask({ ani: newPhone() });
    const { json } = await ask({ customerId: id }, 'balance');
    expect(json).toMatchObject({ source: 'cache', balance: 12.5 });
  });

  it('gives the defaults of a part whose system refuses, and names the part', async () => {
    origins.billing.fail(500);
    const { status, json, headers } = await ask({ ani: newPhone() });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      ...{ contactFound: true, id, tier: 'Enterprise', balance: -1, cases: 3 },
      ...{ source: 'degraded', cacheHit: false, error: 'origin_error', partial: true, missing: 'balance' },
    });
    expect(headers['x-cache']).toBe('DEGRADED');
  });

  it('answers at the deadline if one system hangs, with the parts that have answered', async () => {
    origins.desk.hang();
    const { json } = await ask({ ani: newPhone() });
    expect(json).toMatchObject({
      ...{ contactFound: true, tier: 'Enterprise', balance: 12.5, cases: 0 },
      ...{ source: 'degraded', error: 'origin_timeout', partial: true, missing: 'cases' },
    });
  });

  it('asks no part that needs a part which failed, and names both', async () => {
    origins.crm.fail(500);
    const { json } = await ask({ ani: newPhone() });
    expect(json).toMatchObject({
      ...DEFAULTS,
      ...{ source: 'degraded', error: 'origin_error', partial: true, missing: 'person,balance,cases' },
    });
    expect(calls()).toMatchObject({ billing: 0, desk: 0 });
  });

  it('is complete if the system of record does not know the customer', async () => {
    origins.crm.answer({});
    const { json } = await ask({ ani: newPhone() });
    expect(json).toMatchObject({ ...DEFAULTS, source: 'origin', error: '', partial: false, missing: '' });
    expect(calls()).toMatchObject({ billing: 0, desk: 0 });
  });

  it('names a part whose input is the default of another part', async () => {
    origins.crm.answer({ number: 17, tier: 'Enterprise' });
    const { json } = await ask({ ani: newPhone() });
    expect(json).toMatchObject({ contactFound: true, id: 'UNKNOWN', tier: 'Enterprise', missing: 'balance,cases' });
    expect(json).toMatchObject({ source: 'none', error: 'no_lookup_key', partial: true });
    expect(calls()).toMatchObject({ billing: 0, desk: 0 });
  });

  it('names a part for which the caller gave no input', async () => {
    const { json } = await ask({ ani: newPhone() }, 'with-web');
    expect(json).toMatchObject({ contactFound: true, id, login: '', error: 'no_lookup_key', missing: 'web' });
    const both = await ask({ ani: newPhone(), email: `${id}@example.com` }, 'with-web');
    expect(both.json).toMatchObject({ contactFound: true, id, error: '', missing: '' });
  });

  it('gives every default if the caller gave no input', async () => {
    const { json } = await ask({});
    expect(json).toMatchObject({ ...DEFAULTS, source: 'none', error: 'no_lookup_key', partial: true });
    expect(calls()).toEqual({ crm: 0, billing: 0, desk: 0 });
  });

  it('gives the error withheld if the caller hides the number of the first part', async () => {
    const { json } = await ask({ ani: 'anonymous' });
    expect(json).toMatchObject({ ...DEFAULTS, source: 'none', error: 'withheld', partial: true });
    expect(calls()).toEqual({ crm: 0, billing: 0, desk: 0 });
    const other = await ask({ ani: 'anonymous', email: `${id}@example.com` });
    expect(other.json).toMatchObject({ contactFound: true, id, error: '', missing: '' });
  });

  it('keeps all digits of a number beyond 2^53', async () => {
    origins.crm.text(`{"id":"${id}","number":9007199254740993}`, 'application/json');
    expect((await ask({ ani: newPhone() })).text).toContain('"number":9007199254740993,');
  });

  it('forgets the part whose customer an event names, and no other part', async () => {
    const ani = newPhone();
    origins.desk.answer({ count: 3, customerId: 'c-of-the-desk' });
    await warm({ ani });
    origins.billing.answer({ customerId: id, balance: 99 });
    const event = { customerId: id, tenantId: '10001', eventId: randomUUID() };
    expect((await region.post('/webhook/customer-updated', event)).json).toMatchObject({ invalidated: 2 });
    expect((await ask({ ani })).json).toMatchObject({ balance: 99, cases: 3, source: 'origin' });
    expect(calls()).toEqual({ crm: 1, billing: 1, desk: 0 });
  });

  it('leaves an audit line for the whole and one for each entry', async () => {
    const requestId = randomUUID();
    await region.lookup('whole', { ani: newPhone() }, 0, { ...KEY, 'x-request-id': requestId });
    const { logs } = region.process();
    const lines = await eventually(() => {
      const found = logs.filter((line) => line.requestId === requestId && line.audit !== undefined);
      expect(found).toHaveLength(4);
      return found;
    });
    expect(lines.map(({ audit, lookup, cache }) => [audit, lookup, cache])).toEqual([
      ['dip', 'whole', 'MISS'],
      ['part', 'person', 'MISS'],
      ['part', 'balance', 'MISS'],
      ['part', 'cases', 'MISS'],
    ]);
    for (const { entry } of lines.slice(1)) expect(entry).toMatch(/^[0-9a-f]{64}$/);
  });

  it('counts its parts by source', async () => {
    origins.billing.fail(500);
    await ask({ ani: newPhone() });
    const { text } = await region.get('/metrics');
    expect(text).toMatch(/datadip_composed_parts_total\{lookup="whole",part="balance",source="degraded"\} [1-9]/);
    expect(text).toMatch(/datadip_lookup_total\{lookup="whole",source="degraded"\} [1-9]/);
  });

  it('is an operation of the OpenAPI document and a Data Action', async () => {
    const { json: document } = await region.get('/docs-json');
    const { paths } = document as { paths: Record<string, { post: { responses: Record<string, unknown> } }> };
    const text = JSON.stringify(paths['/lookup/whole']?.post);
    for (const member of ['balance', 'partial', 'missing', 'ani', 'email']) expect(text).toContain(`"${member}"`);
    expect(text).not.toContain('"customerId"');
    const { json: action } = await region.get('/data-actions/whole.custom.json');
    const { contract } = action as { contract: { output: { successSchema: { properties: object } } } };
    expect(Object.keys(contract.output.successSchema.properties)).toEqual([
      ...['contactFound', 'id', 'number', 'tier', 'balance', 'cases'],
      ...['source', 'cacheHit', 'latencyMs', 'error', 'partial', 'missing'],
    ]);
  });

  it('answers 404 for a composed lookup that is not declared', async () => {
    expect((await ask({ ani: newPhone() }, 'wholly')).status).toBe(404);
  });
});
