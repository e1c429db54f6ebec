// This file exceeds 220 lines because each mistake in one declaration is one short test.
import { describe, expect, it } from '@jest/globals';
import { post } from '../support/http.js';
import { Answer } from '../support/origin-replies.js';
import { ADA } from '../support/declaration.js';
import { newPhone, onStage } from './stage.js';

const OPS = { 'x-api-key': 'key-of-ops' };
const CALLERS = {
  ops: { apiKeys: ['key-of-ops'], tenants: ['10001'], scopes: ['operate'] },
  flow: { apiKeys: ['key-of-flow'], tenants: ['10001'], scopes: ['lookup'] },
};
const SECRETS = ['bearer-secret-1', 'header-secret-2', 'query-secret-3', 'lookup-secret-4'];
const [BEARER, HEADER, QUERY, LOOKUP] = SECRETS;

/** The lookup `customer`, with one part of its declaration changed. */
function customer(origin: Record<string, unknown>, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    key: [{ input: 'ani', kind: 'phone' }],
    origin: { system: 'crm', path: '/api/v2/customers', query: { phone: '{ani}' }, record: 'results[0]', ...origin },
    customerId: 'id',
    fields: { tier: { type: 'string', from: 'accountTier', default: 'Standard' } },
    cache: { nearTtlMs: 0 },
    ...more,
  };
}

const FIELDS = {
  tier: { type: 'string', from: 'accountTeir', default: 'Standard' },
  age: { type: 'integer', from: 'firstName' },
  note: { type: 'string' },
  name: { type: 'string', from: '$join([firstName, surname], " ")' },
  gold: { type: 'string', from: 'accountTeir = "Gold" ? "y" : "n"' },
};

const byId = {
  key: [{ input: 'customerId', kind: 'id' }],
  origin: { system: 'crm', path: '/api/v2/customers/{customerId}' },
  customerId: 'id',
  fields: { last: { type: 'string', from: 'lastName' } },
};

const stage = onStage({
  callers: CALLERS,
  system: {
    timeoutMs: 300,
    auth: { type: 'bearer', token: BEARER },
    headers: { 'X-Account': HEADER },
    query: { account: QUERY },
  },
  lookups: {
    right: customer({ query: { phone: '{ani}', apikey: LOOKUP } }),
    'wrong-record': customer({ record: 'result[0]' }),
    'wrong-from': customer({}, { fields: FIELDS }),
    'wrong-query': customer({ query: { telephone: '{ani}' } }),
    'by-id': byId,
    'wrong-id': { ...byId, customerId: 'idd' },
    'wrong-not-found': customer({ notFoundWhen: '$count(body.reslts) = 0' }),
    'wrong-fail': customer({ failWhen: 'body.totl = 1 or $count(body.result) = 0' }),
    'by-tier': { ...byId, key: [{ input: 'tier', kind: 'id' }], origin: { system: 'crm', path: '/tiers/{tier}' } },
    'by-default': {
      compose: [{ lookup: 'right' }, { lookup: 'by-tier', with: { tier: 'right.tier' } }],
      fields: { last: 'by-tier.last' },
    },
    whole: {
      compose: [{ lookup: 'customer' }, { lookup: 'by-id', with: { customerId: 'customer.customerId' } }],
      fields: { tier: 'customer.tier', last: 'by-id.last' },
    },
  },
});

interface Part {
  readonly result: string;
  readonly error: string;
  readonly cause: string;
  readonly customerId: string;
  readonly calls: readonly Record<string, unknown>[];
  readonly fields: readonly { readonly name: string }[];
}

async function attempt(lookup: string, inputs: unknown = { ani: newPhone() }, query = '') {
  const answer = await post(`${stage.app.url}/try/${lookup}${query}`, inputs, OPS);
  expect(answer.status).toBe(200);
  const { parts } = answer.json as unknown as { readonly parts: readonly Part[] };
  const [part] = parts;
  if (part === undefined) throw new Error('the trial has no part');
  return { part, parts, text: answer.text, field: (name: string) => part.fields.find((field) => field.name === name) };
}

describe('POST /try/{lookup}', () => {
  it('shows the request, the shape of the answer and the fields, and no value', async () => {
    const { part, text } = await attempt('right', { ani: '+15550017' });
    expect(part).toMatchObject({ result: 'found', error: '', usedInput: 'ani', customerId: 'found' });
    expect(part.calls).toMatchObject([
      {
        system: 'crm',
        request: {
          method: 'GET',
          url: `${stage.origin.url}/api/v2/customers?phone=%2B15550017&apikey=***&account=***`,
          headers: ['X-Account: ***', 'Authorization: ***'],
        },
        status: 200,
        contentType: 'application/json',
        record: { expression: 'results[0]', found: 'object', matches: 1, missing: [] },
      },
    ]);
    expect(part.calls[0]?.shape).toContainEqual({ name: 'results[0].accountTier', type: 'string' });
    expect(part.fields).toEqual([
      { name: 'tier', type: 'string', from: 'accountTier', found: 'string', isDefault: false, reason: '', missing: [] },
    ]);
    for (const value of Object.values(ADA)) expect(text).not.toContain(value);
  });

  it('shows the values with values=true', async () => {
    const { part, field } = await attempt('right', { ani: '+15550017' }, '?values=true');
    expect(field('tier')).toMatchObject({ value: 'Enterprise', isDefault: false });
    expect(part.calls[0]?.shape).toContainEqual({ name: 'results[0].id', type: 'string', value: 'c-17' });
  });

  it('names the times of the steps', async () => {
    const { part } = await attempt('right');
    const steps = part.calls[0]?.steps as Record<string, number>;
    expect(Object.keys(steps)).toEqual(['admissionMs', 'answerMs', 'readingMs']);
    expect(steps.answerMs).toBeGreaterThan(0);
  });

  it('shows no secret, also if the origin repeats them', async () => {
    stage.origin.answer(({ headers, url }: { headers: object; url: string }) => ({
      results: [{ id: 'c-1', url, ...headers }],
    }));
    for (const query of ['', '?values=true']) {
      const { text } = await attempt('right', undefined, query);
      for (const secret of SECRETS) expect(text).not.toContain(secret);
    }
    const sent = stage.origin.calls.at(-1);
    expect(sent).toMatchObject({ headers: { authorization: `Bearer ${String(BEARER)}`, 'x-account': HEADER } });
    expect(sent?.url).toContain(`apikey=${String(LOOKUP)}&account=${String(QUERY)}`);
  });

  it('names the members that a wrong record expression may have meant', async () => {
    const { part, field } = await attempt('wrong-record');
    expect(part).toMatchObject({ result: 'not_found' });
    expect(part.calls[0]?.record).toMatchObject({
      found: 'nothing',
      matches: 0,
      missing: [{ name: 'result', at: '$', near: ['results'] }],
    });
    expect(field('tier')).toMatchObject({ isDefault: true, reason: 'not_found', value: 'Standard' });
  });

  it('says why each field has its default', async () => {
    stage.origin.answer({ results: [{ ...ADA, note: null }] });
    const { field } = await attempt('wrong-from');
    const missing = [{ name: 'accountTeir', at: '$', near: ['accountTier'] }];
    expect(field('tier')).toMatchObject({ found: 'nothing', reason: 'absent', value: 'Standard', missing });
    expect(field('age')).toMatchObject({ found: 'string', reason: 'not_plain', value: 0 });
    expect(field('note')).toMatchObject({ found: 'null', reason: 'null', value: '' });
    expect(field('name')).toMatchObject({ found: 'string', isDefault: false });
  });

  it('names the names that an expression lacks although it yields a value', async () => {
    const { field } = await attempt('wrong-from');
    const missing = [{ name: 'accountTeir', at: '$', near: ['accountTier'] }];
    expect(field('name')).toMatchObject({ isDefault: false, missing: [{ name: 'surname' }] });
    expect(field('gold')).toMatchObject({ isDefault: false, found: 'string', missing });
  });

  it('says that notFoundWhen decides, and names the names that the answer lacks', async () => {
    const { part } = await attempt('wrong-not-found');
    const missing = [{ name: 'reslts', at: 'body', near: ['results'] }];
    expect(part).toMatchObject({ result: 'not_found', calls: [{ record: { found: 'object' } }] });
    expect(part.calls[0]?.decision).toEqual({
      by: 'notFoundWhen',
      rules: [{ rule: 'notFoundWhen', expression: '$count(body.reslts) = 0', result: 'true', missing }],
    });
  });

  it('says that failWhen decides, and names the names that the answer lacks', async () => {
    const { part } = await attempt('wrong-fail');
    expect(part).toMatchObject({ result: 'failed', cause: 'fail_when' });
    expect(part.calls[0]?.decision).toMatchObject({
      by: 'failWhen',
      rules: [{ result: 'true', missing: [{ name: 'totl' }, { name: 'result', near: ['results'] }] }],
    });
  });

  it.each([
    ['status', 404, '{}'],
    ['status', 500, '{}'],
    ['body', 200, 'no JSON'],
    ['record', 200, '{"results":[]}'],
    ['record', 200, '{"results":[{"id":"c-1"}]}'],
  ] as const)('says that the %s decides for a %i with %s', async (by, status, body) => {
    stage.origin.answer(() => new Answer(status, { 'content-type': 'application/json' }, body));
    expect((await attempt('right')).part.calls[0]?.decision).toEqual({ by, rules: [] });
  });

  it('says that an input is not given because its field has its default', async () => {
    stage.origin.answer({ results: [{ ...ADA, accountTier: 'Standard' }] });
    const { parts } = await attempt('by-default');
    expect(parts[1]).toMatchObject({
      result: 'no_lookup_key',
      unsetInputs: [{ input: 'tier', from: 'right.tier', reason: 'default' }],
    });
    stage.origin.fail(500);
    expect((await attempt('by-default')).parts[1]).toMatchObject({ unsetInputs: [{ reason: 'no_answer' }] });
  });

  it('shows the query and the empty list that a wrong query name gives', async () => {
    stage.origin.answer([]);
    const { part } = await attempt('wrong-query');
    expect(part).toMatchObject({ result: 'not_found', calls: [{ shape: [{ name: '$', type: 'list of 0' }] }] });
    expect(JSON.stringify(part.calls)).toContain('telephone=');
  });

  it('reports a wrong path as a 404 with a page', async () => {
    stage.origin.answer(() => new Answer(404, { 'content-type': 'text/html' }, '<html>no such page</html>'));
    const { part } = await attempt('right');
    expect(part).toMatchObject({ result: 'failed', error: 'origin_error', cause: 'not_found_page' });
    expect(part.calls).toMatchObject([
      { status: 404, contentType: 'text/html', shape: [{ type: 'html of 25 characters' }] },
    ]);
  });

  it('reports refused credentials with their status', async () => {
    stage.origin.fail(401);
    const { part } = await attempt('right');
    expect(part).toMatchObject({ result: 'failed', cause: 'credentials_refused', calls: [{ status: 401 }] });
  });

  it('reports a system that does not answer in time', async () => {
    stage.origin.hang();
    const { part } = await attempt('right');
    expect(part).toMatchObject({ result: 'failed', error: 'origin_timeout', cause: 'timeout', calls: [{ status: 0 }] });
  });

  it('reports an answer with several records', async () => {
    stage.origin.answer([ADA, { ...ADA, id: 'c-18' }]);
    const { part } = await attempt('by-id', { customerId: 'c-17' });
    expect(part).toMatchObject({ result: 'failed', cause: 'several_records', calls: [{ record: { matches: 2 } }] });
  });

  it('says that the record lacks the declared customer id', async () => {
    const { part } = await attempt('wrong-id', { customerId: 'c-17' });
    const near = { customerIdFrom: 'idd', customerIdMissing: [{ name: 'idd', at: '$', near: ['id'] }] };
    expect(part).toMatchObject({ result: 'found', customerId: 'missing', ...near });
  });

  it('names the inputs if no input is usable', async () => {
    const { part } = await attempt('right', { phone: '+15550017' });
    expect(part).toMatchObject({ result: 'no_lookup_key', inputs: ['ani'], calls: [] });
    expect(stage.origin.count).toBe(0);
  });

  it('shows the parts of a composed lookup in order, and no id that a system gave', async () => {
    const { parts, text } = await attempt('whole', { ani: '+15550017' });
    expect(parts.map(({ result }) => result)).toEqual(['found', 'found']);
    expect(parts[1]?.calls[0]?.request).toMatchObject({
      url: `${stage.origin.url}/api/v2/customers/{customerId}?account=***`,
    });
    expect(text).not.toContain(ADA.id);
    expect((await attempt('whole', { ani: '+15550017' }, '?values=true')).text).toContain('/customers/c-17?');
  });

  it('stores neither a record nor "not found"', async () => {
    const ani = newPhone();
    const dip = () => post(`${stage.app.url}/lookup/right`, { ani }, { 'x-api-key': 'key-of-flow' });
    await attempt('right', { ani });
    expect((await dip()).json).toMatchObject({ source: 'origin', cacheHit: false });
    const unknown = newPhone();
    stage.origin.answer({ results: [] });
    await attempt('right', { ani: unknown });
    stage.origin.answer({ results: [ADA] });
    const answer = await post(`${stage.app.url}/lookup/right`, { ani: unknown }, { 'x-api-key': 'key-of-flow' });
    expect(answer.json).toMatchObject({ source: 'origin', contactFound: true });
  });

  it('reads no stored entry', async () => {
    const ani = newPhone();
    await post(`${stage.app.url}/lookup/right`, { ani }, { 'x-api-key': 'key-of-flow' });
    const before = stage.origin.count;
    await attempt('right', { ani });
    expect(stage.origin.count).toBe(before + 1);
  });

  it('writes an audit line with the caller and the entry, and no identifier', async () => {
    await attempt('right', { ani: '+15550018' });
    const line = stage.app.logs.findLast(({ route }) => route === '/try/:name');
    expect(line).toMatchObject({ caller: 'ops', lookup: 'right', tenant: '10001', entry: expect.any(String) });
    expect(JSON.stringify(stage.app.logs)).not.toContain('15550018');
  });
});
