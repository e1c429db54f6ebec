import { describe, expect, it } from '@jest/globals';
import { AGENT_ACTIONS } from '../../../src/config/sections/lookups/platform-limits.js';
import { onStage } from '../stage.js';
import { raw, type HttpAnswer } from '../../support/http.js';

const stage = onStage();
const FILE = '/data-actions/customer.custom.json';
const ask = (path: string, headers: Record<string, string> = {}) =>
  raw('GET', stage.app.url + path, undefined, headers);

function addressIn({ json }: HttpAnswer): string {
  const { config } = json as { config: { request: { requestUrlTemplate: string } } };
  return config.request.requestUrlTemplate;
}

describe('the Data Action routes', () => {
  it('list every Data Action with a working address', async () => {
    const { json } = await ask('/data-actions');
    const { dataActions } = json as unknown as { dataActions: { name: string; href: string }[] };
    expect(json).toMatchObject({ baseUrl: stage.app.url });
    expect(dataActions.map(({ name }) => name)).toEqual(['customer', 'profile', ...AGENT_ACTIONS]);
    for (const { href } of dataActions) expect((await ask(href)).status).toBe(200);
  });

  it('serve a file as an attachment that no cache may store', async () => {
    const { headers, text } = await ask(FILE);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename=customer.custom.json',
      'cache-control': 'no-store',
    });
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  });

  it.each(['none', 'constructor', '__proto__', 'customer%2f', 'CUSTOMER'])(
    'return 404 for the unknown Data Action %s',
    async (name) => {
      const { status, json } = await ask(`/data-actions/${name}.custom.json`);
      expect([status, json?.code]).toEqual([404, 'unknown_lookup']);
    },
  );

  it('use the address of the request, with https if a proxy forwarded https', async () => {
    expect(addressIn(await ask(FILE))).toBe(`${stage.app.url}/lookup/customer`);
    const proxied = { host: 'datadip.example.com', 'x-forwarded-proto': 'https, http' };
    expect(addressIn(await ask(FILE, proxied))).toBe('https://datadip.example.com/lookup/customer');
    const strange = { host: 'datadip.example.com:8080', 'x-forwarded-proto': 'gopher' };
    expect(addressIn(await ask(FILE, strange))).toBe('http://datadip.example.com:8080/lookup/customer');
  });

  it.each([
    ['https://datadip.example.com', 'https://datadip.example.com/lookup/customer'],
    ['https://datadip.example.com/', 'https://datadip.example.com/lookup/customer'],
    ['https://Edge.example.com:8443/dips/eu-1', 'https://Edge.example.com:8443/dips/eu-1/lookup/customer'],
    ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443/lookup/customer'],
  ])('use the address in the baseUrl parameter: %s', async (baseUrl, address) => {
    expect(addressIn(await ask(`${FILE}?baseUrl=${encodeURIComponent(baseUrl)}`))).toBe(address);
  });

  it.each([
    'http://datadip.example.com',
    'ftp://datadip.example.com',
    'javascript:alert(1)',
    'https://',
    'https://a.example.com/?x=1',
    'https://a.example.com/#x',
    'https://key:secret@a.example.com',
    'https://a.example.com/${credentials.apiKey}',
    'https://a.example.com/#set($x = 1)',
    'https://a.example.com/"x',
    'https://a.example.com/a b',
    'https://a.example.com/dips/..',
    'https://a.example.com/../dips',
    'https://a.example.com/./dips/',
    'https://a.example.com/%24%7Bx%7D',
    'https://a.example.com\\@b.example.com',
    'https://a.example.com/\n',
    'https://a.example.com:99999',
    'https://-a.example.com',
    '',
  ])('reject an invalid or ambiguous baseUrl without repeating it: %j', async (baseUrl) => {
    const { status, json, text } = await ask(`${FILE}?baseUrl=${encodeURIComponent(baseUrl)}`);
    expect([status, json?.code]).toEqual([400, 'bad_request']);
    if (baseUrl.length > 8) expect(text).not.toContain(baseUrl);
  });

  it('reject two baseUrl parameters, and an invalid Host header', async () => {
    const twice = await ask(`${FILE}?baseUrl=https://a.example.com&baseUrl=https://b.example.com`);
    expect([twice.status, twice.json?.code]).toEqual([400, 'bad_request']);
    for (const host of ['${credentials.apiKey}', 'a"b', 'a b', '#end']) {
      const answer = await ask(FILE, { host });
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain(host);
    }
  });
});
