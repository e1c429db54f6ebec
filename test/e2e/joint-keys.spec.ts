import { describe, expect, it } from '@jest/globals';
import { post } from '../support/http.js';
import type { OriginCall } from '../support/origin.js';
import { onStage } from './stage.js';

const ACCOUNT = { input: 'account', kind: 'id' };
const PIN = { input: 'pin', kind: 'id' };
const fields = { name: { type: 'string', default: 'UNKNOWN' } };
const cache = { nearTtlMs: 0 };

const stage = onStage({
  lookups: {
    member: {
      key: [{ all: [PIN, ACCOUNT] }, { input: 'email', kind: 'email' }],
      origin: {
        system: 'crm',
        path: '/members',
        query: { filter: "account eq '{account|odata}' and pin eq '{pin|odata}'", email: '{email}' },
      },
      customerId: 'id',
      fields,
      cache,
    },
    inPath: {
      key: [{ all: [ACCOUNT, PIN] }],
      origin: { system: 'crm', path: '/accounts/{account}{pin}/orders' },
      fields,
      cache,
    },
    inBody: {
      key: [{ all: [ACCOUNT, { input: 'ani', kind: 'phone' }] }],
      origin: {
        system: 'crm',
        path: '/search',
        method: 'POST',
        readOnly: true,
        body: { account: '{account}', phone: '{ani}' },
      },
      fields,
      cache,
    },
    several: {
      key: [ACCOUNT, PIN],
      origin: { system: 'crm', path: '/members', query: { account: '{account}', pin: '{pin}' } },
      fields,
      cache,
    },
  },
});

const ask = (inputs: Record<string, unknown>, lookup = 'member') => stage.ask(inputs, { lookup });
const named = (id: string) => ({ id, name: `Name of ${id}` });
const requested = (): string[] => stage.origin.calls.map(({ url }) => decodeURIComponent(url));
const forget = (event: object) =>
  post(`${stage.app.url}/webhook/customer-updated`, { tenantId: '10001', customerId: 'c-none', ...event });

describe('inputs that identify an entry together', () => {
  it('are both sent, and loaded once whatever their order and their blanks', async () => {
    stage.origin.answer(named('c-1'));
    const first = await ask({ account: 'a-1', pin: '17' });
    expect(first.json).toMatchObject({ contactFound: true, name: 'Name of c-1', source: 'origin' });
    for (const inputs of [
      { pin: '17', account: 'a-1' },
      { pin: 17, account: ' a-1 ', email: 'ada@example.com' },
    ]) {
      expect((await ask(inputs)).json).toMatchObject({ name: 'Name of c-1', source: 'cache' });
    }
    expect(requested()).toEqual(["/members?filter=account eq 'a-1' and pin eq '17'"]);
  });

  it('have one entry for each combination', async () => {
    const values = [
      { account: 'x', pin: 'y' },
      { account: 'y', pin: 'x' },
      { account: 'x', pin: 'yy' },
      { account: 'xy', pin: 'y' },
      { account: 'x|pin:y', pin: 'y' },
    ];
    stage.origin.answer(({ url }: OriginCall) => named(decodeURIComponent(url)));
    for (const inputs of values) expect((await ask(inputs)).json).toMatchObject({ source: 'origin' });
    expect(new Set(requested()).size).toBe(values.length);
  });

  it('do not count if one of them is missing or no identifier', async () => {
    stage.origin.answer(named('c-3'));
    for (const inputs of [
      { account: 'a-3' },
      { pin: '3' },
      { account: 'a-3', pin: '' },
      { account: 'a\u0000b', pin: '3' },
    ])
      expect((await ask(inputs)).json).toMatchObject({ source: 'none', error: 'no_lookup_key' });
    expect(requested()).toEqual([]);
    const other = await ask({ account: 'a-3', email: 'ada@example.com' });
    expect(other.json).toMatchObject({ contactFound: true, source: 'origin' });
    expect(requested()).toEqual(['/members?email=ada@example.com']);
  });

  it('are withheld if one of them is a withheld number', async () => {
    const { json } = await ask({ account: 'a-4', ani: 'anonymous' }, 'inBody');
    expect(json).toMatchObject({ source: 'none', error: 'withheld' });
    expect(requested()).toEqual([]);
  });

  it('fill a body', async () => {
    await ask({ account: 'a-5', ani: 'tel:+15551234567' }, 'inBody');
    const [call] = stage.origin.calls;
    expect(JSON.parse(call?.body ?? '')).toEqual({ account: 'a-5', phone: '+15551234567' });
  });

  it('cannot leave the path together', async () => {
    expect((await ask({ account: 'a/', pin: './x' }, 'inPath')).json).toMatchObject({ error: 'no_lookup_key' });
    expect((await ask({ account: 'a/.', pin: './x' }, 'inPath')).json).toMatchObject({ error: 'no_lookup_key' });
    expect(requested()).toEqual([]);
    await ask({ account: 'a', pin: '.x' }, 'inPath');
    expect(requested()).toEqual(['/accounts/a.x/orders']);
  });

  it('are forgotten by the id of the customer, and not by one of the inputs', async () => {
    stage.origin.answer(named('c-7'));
    await ask({ account: 'a-7', pin: '7' });
    expect((await forget({ identifiers: { account: ['a-7'], pin: ['7'] } })).json).toMatchObject({ invalidated: 0 });
    expect((await ask({ account: 'a-7', pin: '7' })).json).toMatchObject({ source: 'cache' });
    await forget({ customerId: 'c-7' });
    expect((await ask({ account: 'a-7', pin: '7' })).json).toMatchObject({ source: 'origin' });
  });
});

describe('a key of two alternative ids', () => {
  it('sends only the first that is given', async () => {
    await ask({ account: 'a-9', pin: '9' }, 'several');
    await ask({ pin: '9' }, 'several');
    expect(requested()).toEqual(['/members?account=a-9', '/members?pin=9']);
  });
});
