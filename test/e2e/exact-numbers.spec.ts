import { describe, expect, it } from '@jest/globals';
import { raw, type HttpAnswer } from '../support/http.js';
import { newPhone, onStage } from './stage.js';

/** Two ids that are one double. */
const [LOW, HIGH] = ['9007199254740992', '9007199254740993'];

const ORIGIN = { system: 'crm', path: '/numbers', query: { phone: '{ani}' } };
const KEY = [{ input: 'ani', kind: 'phone' }];
const FIELDS = {
  plain: { type: 'string', from: 'id', default: 'none' },
  joined: { type: 'string', from: '"c-" & id', default: 'none' },
  converted: { type: 'string', from: '$string(id)', default: 'none' },
  amount: { type: 'number', from: 'amount', default: 0 },
  half: { type: 'number', from: 'amount / 2', default: 0 },
  whole: { type: 'integer', from: 'amount', default: 7 },
  isRich: { type: 'boolean', from: 'amount > 1000', default: false },
  rate: { type: 'number', from: '$round(rate, 2)', default: 0 },
  seen: { type: 'string', from: '$fromMillis(seenNs / 1000000)', default: 'never' },
};

const stage = onStage({
  lookups: {
    numbers: { key: KEY, origin: ORIGIN, customerId: 'id', fields: FIELDS, cache: { nearTtlMs: 0 } },
    newest: {
      key: KEY,
      origin: { ...ORIGIN, record: 'results^(>version)[0]' },
      customerId: 'id',
      fields: { id: { type: 'string' } },
    },
    renamed: {
      key: KEY,
      origin: { ...ORIGIN, record: '{ "customer": results[version = $max($$.results.version)].id }' },
      customerId: 'customer',
      fields: { customer: { type: 'string' } },
    },
    followed: {
      key: KEY,
      origin: { ...ORIGIN, follow: { id: 'mergedInto', path: '/numbers/{id}' } },
      customerId: 'id',
      fields: { id: { type: 'string' } },
    },
  },
});

const send = (method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}) =>
  raw(method, stage.app.url + path, body, headers);
const ask = (lookup: string, ani = newPhone()): Promise<HttpAnswer> => stage.ask({ ani }, { lookup });
const changed = (customerId: string): Promise<HttpAnswer> =>
  send('POST', '/webhook/customer-updated', `{"customerId":${customerId}}`);
const answerWith = (json: string): void => stage.origin.text(json, 'application/json');

describe('an input that is a number beyond 2^53', () => {
  it.each([
    ['in the body of a POST', '1', (id: string) => send('POST', '/lookup/profile', `{"customerId":${id}}`)],
    [
      'in the body of a GET',
      '2',
      (id: string) => send('GET', '/api/v1/profile', `{"customerId":${id},"tenantId":"10001"}`),
    ],
    ['in a query', '3', (id: string) => send('GET', `/lookup/profile?customerId=${id}`)],
  ])('keeps all its digits %s', async (_, id, request) => {
    const ids = [`${HIGH}${id}7`, `${HIGH}${id}8`];
    for (const each of ids) await request(each);

    expect(stage.origin.calls.map(({ url }) => url)).toEqual(ids.map((each) => `/api/v2/customers/${each}`));
  });

  it.each([
    [HIGH, HIGH],
    [`-${HIGH}`, `-${HIGH}`],
    ['9007199254740995.0', '9007199254740995'],
    ['9.007199254740997e15', '9007199254740997'],
    ['1e3', '1000'],
    ['-0', '0'],
    ['1e400', '1e400'],
    ['0.1234567890123456789', '0.1234567890123456789'],
  ])('reaches the origin as %s → %s', async (number, text) => {
    await send('POST', '/lookup/profile', `{"customerId":${number}}`);
    const asText = await send('POST', '/lookup/profile', `{"customerId":"${text}"}`);

    expect(asText.json).toMatchObject({ source: 'cache' });
    expect(stage.origin.calls.map(({ url }) => url)).toEqual([`/api/v2/customers/${text}`]);
  });

  it('refuses a number with leading zeros, and keeps them in a text', async () => {
    expect((await send('POST', '/lookup/profile', '{"customerId":0017}')).status).toBe(400);
    await send('POST', '/lookup/profile', '{"customerId":"0017"}');

    expect(stage.origin.calls.map(({ url }) => url)).toEqual(['/api/v2/customers/0017']);
  });
});

describe('an agent event with ids beyond 2^53', () => {
  it('keeps all digits of its id and of the id of its agent', async () => {
    const report = (id: string, status: string) =>
      send(
        'POST',
        '/events/agent-status',
        `{"event_id":${id},"agent_id":${id},"timestamp":${Date.now()},"status":"${status}","region_source":"eu"}`,
      );
    for (const [id, status] of [
      [LOW, 'AVAILABLE'],
      [HIGH, 'BUSY'],
    ] as const)
      expect(await report(id, status)).toMatchObject({ status: 202, json: { outcome: 'applied' } });

    expect((await stage.get(`/agents/${LOW}`)).json).toMatchObject({ status: 'AVAILABLE' });
    expect((await stage.get(`/agents/${HIGH}`)).json).toMatchObject({ status: 'BUSY' });
  });
});

describe('a record with numbers beyond 2^53', () => {
  it('keeps all digits in text, and computes with numbers', async () => {
    answerWith(`{"id":${HIGH},"amount":${HIGH}5,"rate":33.3333333333333333333,"seenNs":1700000000123456789}`);
    const ani = newPhone();
    const first = await ask('numbers', ani);
    const again = await ask('numbers', ani);

    const fields = { plain: HIGH, joined: `c-${HIGH}`, converted: HIGH, isRich: true, rate: 33.33, whole: 7 };
    expect(first.json).toMatchObject({ ...fields, source: 'origin', half: 0 });
    expect(first.json?.seen).toMatch(/^2023-11-14T22:13:20\.123/);
    expect(again.json).toMatchObject({ ...fields, source: 'cache' });
    for (const { text } of [first, again]) expect(text).toContain(`"amount":${HIGH}5,`);
  });

  it('names its own customer to events, and no neighbour', async () => {
    const id = `${HIGH}55`;
    answerWith(`{"id":${id}}`);
    await ask('numbers');
    await ask('numbers');

    expect((await changed(`${HIGH}56`)).json).toMatchObject({ invalidated: 0 });
    expect((await changed(`"${id}"`)).json).toMatchObject({ invalidated: 2 });
    await ask('numbers');
    expect((await changed(id)).json).toMatchObject({ invalidated: 1 });
  });

  it('is chosen by the size of its numbers, with all digits of its id', async () => {
    const versions = ['998877665544332211', '1000000000000000001', '3'];
    answerWith(`{"results":[${versions.map((version, at) => `{"id":${HIGH}${at},"version":${version}}`).join()}]}`);

    expect((await ask('newest')).json).toMatchObject({ id: `${HIGH}1` });
    expect((await changed(`${HIGH}1`)).json).toMatchObject({ invalidated: 1 });
  });

  it('never names another customer if an expression builds the record by computing', async () => {
    answerWith(`{"results":[{"id":${HIGH},"version":${HIGH}},{"id":1,"version":2}]}`);

    expect((await ask('renamed')).json?.customer).not.toBe(LOW);
    expect((await changed(LOW)).json).toMatchObject({ invalidated: 0 });
  });

  it('names its successor with all digits', async () => {
    answerWith(`{"id":1,"mergedInto":${HIGH}}`);
    await ask('followed');

    expect(stage.origin.calls.map(({ url }) => url.split('?')[0])).toEqual(['/numbers', `/numbers/${HIGH}`]);
  });
});
