import { describe, expect, it } from '@jest/globals';
import { raw } from '../support/http.js';
import { startRegion } from '../support/region.js';
import { aboutAda, newPhone, onStage } from './stage.js';

const NAME = 'José Müller';
const RECORD = { results: [{ id: 'c-17', firstName: 'José', lastName: 'Müller', accountTier: 'Enterprise' }] };
const text = JSON.stringify(RECORD);
const utf16le = Buffer.from(text, 'utf16le');

const stage = onStage();
const send = (method: string, path: string, body: string | Buffer | undefined, contentType: string) =>
  raw(method, stage.app.url + path, body, { 'content-type': contentType });

describe('the answer of an origin', () => {
  it.each<[string, string, Buffer]>([
    ['ISO-8859-1', 'application/json; charset=ISO-8859-1', Buffer.from(text, 'latin1')],
    ['windows-1252', 'application/json;charset="windows-1252"', Buffer.from(text, 'latin1')],
    ['UTF-16', 'application/json; charset=utf-16', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16le])],
    ['UTF-16 without a byte order mark', 'application/json; charset=UTF-16BE', Buffer.from(utf16le).swap16()],
    ['UTF-8 with a byte order mark', 'application/json', Buffer.from(`\uFEFF${text}`)],
    ['UTF-8 without a declaration', 'application/json', Buffer.from(text)],
  ])('is read in its charset: %s', async (_, contentType, bytes) => {
    stage.origin.bytes(bytes, contentType);
    const ani = newPhone();

    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'origin', displayName: NAME });
    expect((await stage.ask({ ani })).json).toMatchObject({ source: 'cache', displayName: NAME });
  });

  it.each([
    ['is not UTF-8 and declares nothing', 'application/json'],
    ['is not the UTF-8 that it declares', 'application/json; charset=utf-8'],
    ['declares an unknown charset', 'application/json; charset=ebcdic-us'],
  ])('is a failure, and nothing is stored, if it %s', async (_, contentType) => {
    stage.origin.bytes(Buffer.from(text, 'latin1'), contentType);

    expect((await stage.ask({ ani: newPhone() })).json).toMatchObject({
      source: 'degraded',
      error: 'origin_error',
      displayName: '',
    });
  });
});

describe('the answer of a system whose charset the file declares', () => {
  it.each(['application/json', 'application/json; charset=utf-8'])(
    'is read in this charset, also if it declares %s',
    async (contentType) => {
      const region = await startRegion({ origin: aboutAda, declaration: { system: { charset: 'iso-8859-1' } } });
      try {
        region.origin.bytes(Buffer.from(text, 'latin1'), contentType);
        expect((await region.lookup('customer', { ani: newPhone() })).json).toMatchObject({ displayName: NAME });
      } finally {
        await region.stop();
      }
    },
  );
});

describe('the body of a request', () => {
  const body = '{"customerId":"Müller-17"}';
  const asked = (): string[] => stage.origin.calls.map(({ url }) => decodeURIComponent(url));

  it.each<[string, string, Buffer]>([
    ['ISO-8859-1', 'application/json; charset=iso-8859-1', Buffer.from(body, 'latin1')],
    ['UTF-16', 'application/json; charset=utf-16le', Buffer.from(body, 'utf16le')],
    ['UTF-8', 'application/json; charset=utf-8', Buffer.from(body)],
  ])('is read in its charset: %s', async (_, contentType, bytes) => {
    await send('POST', '/webhook/customer-updated', body, 'application/json');
    expect((await send('POST', '/lookup/profile', bytes, contentType)).status).toBe(200);
    expect(asked()).toEqual(['/api/v2/customers/Müller-17']);
    await send('POST', '/webhook/customer-updated', '{"customerId":"c-17"}', 'application/json');
  });

  it('is refused with 415 if its charset is unknown', async () => {
    for (const path of ['/lookup/profile', '/webhook/customer-updated', '/webhook/eventbridge', '/events/agent-status'])
      expect(await send('POST', path, body, 'application/json; charset=ebcdic-us')).toMatchObject({
        status: 415,
        json: { status: 415, code: 'unsupported_charset' },
      });
  });

  it.each([
    [401, 'ISO-8859-1', 'grant_type=client_credentials&client_id=m&client_secret=%24key'],
    [415, 'ISO-8859-1', 'grant_type=client_credentials&client_id=m&client_secret=M%FCller'],
    [415, 'utf-16le', 'grant_type=client_credentials'],
    [415, 'ebcdic-us', 'grant_type=client_credentials'],
  ])('a form is answered with %i in %s, because forms are read as UTF-8', async (status, charset, form) => {
    const answer = await send('POST', '/oauth/token', form, `application/x-www-form-urlencoded; charset=${charset}`);

    expect(answer.status).toBe(status);
  });

  it('is refused with 400 if it is no text in its charset, so that two ids are never one', async () => {
    for (const path of ['/lookup/profile', '/webhook/customer-updated'])
      expect(await send('POST', path, Buffer.from(body, 'latin1'), 'application/json')).toMatchObject({
        status: 400,
        json: { code: 'invalid_json' },
      });
    expect(asked()).toEqual([]);
  });
});

describe('an input in a query', () => {
  it('is not usable if its escapes are no UTF-8, so that two ids are never one', async () => {
    const { json } = await stage.get('/lookup/profile?customerId=M%FCller');

    expect(json).toMatchObject({ source: 'none', error: 'no_lookup_key' });
  });
});
