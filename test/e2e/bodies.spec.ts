import { describe, expect, it } from '@jest/globals';
import { newPhone, onStage } from './stage.js';

const filter = (propertyName: string, value: string) => ({ filters: [{ propertyName, operator: 'EQ', value }] });
const lookupWith = (origin: Record<string, unknown>, key: readonly object[] = [{ input: 'id', kind: 'id' }]) => ({
  key,
  origin: { system: 'crm', method: 'POST', readOnly: true, path: '/search', ...origin },
  fields: { tier: { type: 'string', default: '' } },
  cache: { nearTtlMs: 0 },
});
const ALTERNATIVES = [
  { input: 'ani', kind: 'phone' },
  { input: 'email', kind: 'email' },
];

const stage = onStage({
  lookups: {
    nested: lookupWith(
      {
        body: {
          filterGroups: [filter('phone', '{ani}'), filter('email', '{email}')],
          properties: ['tier', 'name'],
          limit: 1,
          score: 0.5,
          archived: false,
          after: null,
          variables: { phone: '{ani}', email: '{email}' },
          nothing: { only: { email: '{email}' } },
          empty: {},
          none: [],
        },
      },
      ALTERNATIVES,
    ),
    form: lookupWith({ form: true, body: { phone: '{ani}', email: '{email}', limit: 1, exact: true } }, ALTERNATIVES),
    soap: lookupWith({
      headers: { SOAPAction: '"urn:crm#GetCustomer"' },
      xml: '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><Get id="{id|xml}"/></soap:Body></soap:Envelope>',
    }),
    soap12: lookupWith({ headers: { 'Content-Type': 'application/soap+xml; charset=utf-8' }, xml: '<a>{id|xml}</a>' }),
    followed: lookupWith({
      headers: { Prefer: 'return=representation' },
      xml: '<a>{id|xml}</a>',
      follow: { id: 'successor', path: '/people/{id}' },
    }),
  },
});

async function sent(lookup: string, inputs: Record<string, unknown>) {
  const answer = await stage.ask(inputs, { lookup });
  expect(answer.json).toMatchObject({ source: 'origin', error: '' });
  const call = stage.origin.calls.at(-1);
  if (call === undefined) throw new Error('the origin was not called');
  return call;
}

describe('a nested body', () => {
  it('keeps numbers, booleans and null, and leaves out what needs an absent input', async () => {
    const ani = newPhone();
    const { body, headers } = await sent('nested', { ani });

    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toEqual({
      filterGroups: [filter('phone', ani)],
      properties: ['tier', 'name'],
      ...{ limit: 1, score: 0.5, archived: false, after: null },
      variables: { phone: ani },
      ...{ empty: {}, none: [] },
    });
  });

  it('never sends half a condition for the other input', async () => {
    const email = 'ada."}\\{@example.com';
    const { body } = await sent('nested', { email });

    expect(JSON.parse(body)).toMatchObject({
      filterGroups: [filter('email', email)],
      variables: { email },
      nothing: { only: { email } },
    });
  });
});

describe('a form', () => {
  it('is sent URL-encoded', async () => {
    const { body, headers } = await sent('form', { email: 'a&b=c+d@example.com' });

    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect([...new URLSearchParams(body)]).toEqual([
      ['email', 'a&b=c+d@example.com'],
      ['limit', '1'],
      ['exact', 'true'],
    ]);
  });
});

describe('a body in XML', () => {
  it('is sent as text/xml with the headers of the lookup, and its value is escaped', async () => {
    const { body, headers } = await sent('soap', { id: `<"&'>é` });

    expect(body).toContain('<Get id="&lt;&quot;&amp;&apos;&gt;é"/>');
    expect(headers).toMatchObject({
      'content-type': 'text/xml; charset=utf-8',
      accept: 'text/xml, application/xml, application/soap+xml',
      soapaction: '"urn:crm#GetCustomer"',
    });
  });

  it('is sent with the content type that the lookup declares', async () => {
    expect((await sent('soap12', { id: '1' })).headers['content-type']).toBe('application/soap+xml; charset=utf-8');
  });

  it('leaves its content type to the first of two calls', async () => {
    stage.origin.answer(({ method }: { method: string }) =>
      method === 'POST' ? { successor: '7' } : { tier: 'Gold' },
    );
    const { method, url, headers } = await sent('followed', { id: '1' });

    expect([method, url, headers.prefer]).toEqual(['GET', '/people/7', 'return=representation']);
    expect(headers).not.toHaveProperty('content-type');
  });
});
