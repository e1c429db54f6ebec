import { describe, expect, it } from '@jest/globals';
import { ADA_ANSWER } from '../support/declaration.js';
import { raw } from '../support/http.js';
import { newPhone, onStage } from './stage.js';

const BODY_LIMIT_BYTES = 16 * 1024;

const stage = onStage();

const requestedPhone = (): unknown => new URLSearchParams(stage.origin.calls[0]?.url.split('?')[1]).get('phone');
const send = (method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}) =>
  raw(method, stage.app.url + path, body, headers);

/** A lookup body of exactly this many bytes. */
function bodyOf(ani: string, bytes: number, filler = 'x'): string {
  const frame = JSON.stringify({ ani, filler: '' });
  const room = bytes - Buffer.byteLength(frame);
  const width = Buffer.byteLength(filler);
  const text = filler.repeat(Math.floor(room / width)) + 'x'.repeat(room % width);
  return JSON.stringify({ ani, filler: text });
}

describe('a body', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=iso-8859-1',
    'application/problem+json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'nonsense',
    '',
  ])('reads a body as JSON with the content type %j', async (contentType) => {
    const headers: Record<string, string> = contentType === '' ? {} : { 'content-type': contentType };
    const { status, json } = await send('POST', '/lookup/customer', JSON.stringify({ ani: newPhone() }), headers);

    expect(status).toBe(200);
    expect(json).toMatchObject(ADA_ANSWER);
  });

  it('reads a body that begins with a byte order mark', async () => {
    const { status, json } = await send('POST', '/lookup/customer', `\uFEFF${JSON.stringify({ ani: newPhone() })}`);

    expect(status).toBe(200);
    expect(json).toMatchObject(ADA_ANSWER);
  });

  it('reads a body sent in chunks', async () => {
    const chunked = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
    const { status, json } = await send('POST', '/lookup/customer', JSON.stringify({ ani: newPhone() }), chunked);

    expect(status).toBe(200);
    expect(json).toMatchObject(ADA_ANSWER);
  });

  it('reads the body of a GET', async () => {
    const ani = newPhone();
    const { status, json } = await send('GET', '/lookup/customer', JSON.stringify({ ani }));

    expect(status).toBe(200);
    expect(json).toMatchObject(ADA_ANSWER);
    expect(requestedPhone()).toBe(ani);
  });

  it('prefers an input in the body to the same input in the query', async () => {
    const [inBody, inQuery] = [newPhone(), newPhone()];
    const query = `?ani=${encodeURIComponent(inQuery)}&queue=sales`;
    await send('POST', `/lookup/customer${query}`, JSON.stringify({ ani: inBody }));

    expect(requestedPhone()).toBe(inBody);
  });

  it.each([
    ['a length', {}],
    ['chunks', { 'transfer-encoding': 'chunked' }],
  ])('reads a body of exactly 16 KiB sent with %s', async (_, headers) => {
    const body = bodyOf(newPhone(), BODY_LIMIT_BYTES);
    const { status, json } = await send('POST', '/lookup/customer', body, headers);

    expect(Buffer.byteLength(body)).toBe(BODY_LIMIT_BYTES);
    expect(status).toBe(200);
    expect(json).toMatchObject(ADA_ANSWER);
  });

  it.each([
    ['one byte too large', (ani: string) => bodyOf(ani, BODY_LIMIT_BYTES + 1), {}],
    [
      'one byte too large, in chunks',
      (ani: string) => bodyOf(ani, BODY_LIMIT_BYTES + 1),
      { 'transfer-encoding': 'chunked' },
    ],
    ['short in characters, long in bytes', (ani: string) => bodyOf(ani, BODY_LIMIT_BYTES + 1, '愛'), {}],
    ['much too large', (ani: string) => bodyOf(ani, 1024 * 1024), {}],
  ])('refuses a body that is %s', async (_, body, headers) => {
    const { status, json } = await send('POST', '/lookup/customer', body(newPhone()), headers);

    expect(status).toBe(413);
    expect(json).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(stage.origin.count).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['a form', 'ani=15550001'],
    ['half an object', '{"ani":"15550001"'],
    ['an object and more', '{"ani":"15550001"} {}'],
    ['single quotes', "{'ani':'15550001'}"],
    ['NaN', '{"ani":NaN}'],
  ])('refuses a body of %s as invalid JSON', async (_, body) => {
    const { status, json } = await send('POST', '/lookup/customer', body);

    expect(status).toBe(400);
    expect(json).toMatchObject({ status: 400, code: 'invalid_json' });
  });

  it.each(['[]', '[{"ani":"15550001"}]', '"15550001"', '15550001', 'null', 'true'])(
    'refuses a body that is %s because it is not an object',
    async (body) => {
      const { status, json } = await send('POST', '/lookup/customer', body);

      expect(status).toBe(400);
      expect(json).toMatchObject({ status: 400, code: 'not_an_object' });
    },
  );

  it.each([
    ['in an input', '{"ani":{"number":"15550001"}}'],
    ['in a list', '{"ani":["15550001"]}'],
    ['next to the inputs', '{"ani":"15550001","more":{}}'],
    ['under the name of a prototype', '{"ani":"15550001","__proto__":{"email":"ada@example.com"}}'],
    ['8000 levels deep', `{"ani":${'['.repeat(8000)}${']'.repeat(8000)}}`],
  ])('refuses a body with a nested value %s', async (_, body) => {
    const { status, json } = await send('POST', '/lookup/customer', body);

    expect(status).toBe(400);
    expect(json).toMatchObject({ status: 400, code: 'nested_value' });
    expect(stage.origin.count).toBe(0);
  });

  it('reads a body whose names have a meaning in JavaScript', async () => {
    const body = '{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d","ani":"+15550042"}';
    const { status, json } = await send('POST', '/lookup/customer', body);

    expect(status).toBe(200);
    expect(json).toMatchObject(ADA_ANSWER);
  });
});

describe('an input', () => {
  it('reads an input from the query of a GET', async () => {
    const ani = newPhone();
    const { status, json } = await stage.get(`/lookup/customer?ani=${encodeURIComponent(ani)}`);

    expect(status).toBe(200);
    expect(json).toMatchObject(ADA_ANSWER);
    expect(requestedPhone()).toBe(ani);
  });

  it('reads an input that is a number or a boolean', async () => {
    await stage.ask({ ani: 15_559_999, vip: true });
    await stage.ask({ customerId: 17 }, { lookup: 'profile' });
    await stage.ask({ customerId: false }, { lookup: 'profile' });

    expect(stage.origin.calls.map(({ url }) => url)).toEqual([
      '/api/v2/customers?phone=%2B15559999',
      '/api/v2/customers/17',
      '/api/v2/customers/false',
    ]);
  });

  it.each(['${input.ani}', '$!{input.ani}', '', null])('treats the input %j as absent', async (ani) => {
    const alone = await stage.ask({ ani });
    const withEmail = await stage.ask({ ani, email: `${newPhone().slice(1)}@example.com` });

    expect(alone.json).toMatchObject({ source: 'none', error: 'no_lookup_key' });
    expect(withEmail.json).toMatchObject(ADA_ANSWER);
    expect(stage.origin.calls.map(({ url }) => url)).toEqual([expect.stringMatching(/\?email=\d+%40example\.com$/)]);
  });

  it.each(['${input.ani}', '$!{input.ani}', ''])('treats the input %j in a query as absent', async (ani) => {
    const { status, json } = await stage.get(`/lookup/customer?ani=${encodeURIComponent(ani)}`);

    expect(status).toBe(200);
    expect(json).toMatchObject({ source: 'none', error: 'no_lookup_key' });
  });

  it('treats the placeholder of another input as a value', async () => {
    await stage.ask({ customerId: '${input.ani}' }, { lookup: 'profile' });

    expect(stage.origin.calls.map(({ url }) => decodeURIComponent(url))).toEqual(['/api/v2/customers/${input.ani}']);
  });

  it('does not use another input in place of an input that is its own placeholder', async () => {
    const { json } = await stage.ask({ customerId: '${input.customerId}' }, { lookup: 'profile' });

    expect(json).toMatchObject({ source: 'none', error: 'no_lookup_key' });
    expect(stage.origin.count).toBe(0);
  });
});
