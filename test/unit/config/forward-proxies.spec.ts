import { describe, expect, it } from '@jest/globals';
import { Variables } from '../../../src/config/environment/variables.js';
import { proxyFor, PROXY_VARIABLES, readForwardProxies } from '../../../src/config/sections/forward-proxies.js';
import { kindOf } from '../../fixtures/config/problem-kinds.js';

const PROXY = { HTTPS_PROXY: 'http://proxy:3128', HTTP_PROXY: 'https://[::1]' };

function read(env: Readonly<Record<string, string>>) {
  const variables = new Variables(env, PROXY_VARIABLES);
  const proxies = readForwardProxies(variables);
  return { proxies, problems: variables.problems.map(({ key, value, message }) => [key, value, kindOf(message)]) };
}

describe('the forward proxies of the environment', () => {
  it('are chosen by the scheme of the address', () => {
    const { proxies } = read(PROXY);
    expect(proxyFor(proxies, new URL('https://crm'))).toMatchObject({ host: 'proxy', port: 3128, isSecure: false });
    expect(proxyFor(proxies, new URL('http://crm'))).toMatchObject({ host: '::1', port: 443, isSecure: true });
  });

  it('have the decoded user and password', () => {
    const { proxies } = read({ HTTPS_PROXY: 'http://me:p%40ss%3A@proxy:1' });
    expect(proxies.https?.authorization).toBe(`Basic ${Buffer.from('me:p@ss:').toString('base64')}`);
    expect(read(PROXY).proxies.https?.authorization).toBeUndefined();
  });

  it.each([
    ['HTTPS_PROXY', 'proxy:3128', undefined, 'not a proxy'],
    ['HTTPS_PROXY', 'socks5://me:secret-1@proxy', undefined, 'not a proxy'],
    ['HTTP_PROXY', 'http://proxy/path', undefined, 'not a proxy'],
    ['HTTP_PROXY', 'http://me:secret%-1@proxy', undefined, 'raw % in the Redis user or password'],
    ['NO_PROXY', 'crm,http://x', '"crm,http://x"', 'not proxy exceptions: part 2 of 2 is not'],
    ['NO_PROXY', '10.0.0.0/33', '"10.0.0.0/33"', 'not proxy exceptions: part 1 of 1 is not'],
  ])('are refused: %s as %s', (key, text, value, kind) => {
    expect(read({ [key]: text }).problems).toEqual([[key, value, kind]]);
  });

  it('are read in small letters, as curl does, unless the name in capitals is set', () => {
    const small = { https_proxy: 'http://small:1', http_proxy: 'http://small:2', no_proxy: 'crm' };
    expect(read(small).proxies).toMatchObject({ https: { port: 1 }, http: { port: 2 }, exceptions: ['crm'] });
    const both = { ...small, ...PROXY, NO_PROXY: 'other' };
    expect(read(both).proxies).toMatchObject({
      https: { host: 'proxy' },
      http: { host: '::1' },
      exceptions: ['other'],
    });
    expect(read({ ...small, HTTPS_PROXY: '' }).proxies).toMatchObject({ https: { port: 1 } });
    expect(read({ Https_Proxy: 'http://mixed:1' }).proxies).toMatchObject({ https: undefined });
  });

  it('are refused under the name that is set, and without the value', () => {
    expect(read({ https_proxy: 'socks5://me:secret-1@proxy', no_proxy: 'crm,http://x' }).problems).toEqual([
      ['no_proxy', '"crm,http://x"', 'not proxy exceptions: part 2 of 2 is not'],
      ['https_proxy', undefined, 'not a proxy'],
    ]);
  });

  it.each<[string, string, boolean]>([
    ['', 'https://crm.example.com', false],
    ['', 'https://localhost:1', true],
    ['', 'https://127.8.9.1', true],
    ['', 'https://[::1]:1', true],
    ['*', 'https://crm.example.com', true],
    ['example.com', 'https://example.com', true],
    ['example.com', 'https://CRM.Example.com.', true],
    ['example.com', 'https://badexample.com', false],
    ['.example.com', 'https://crm.example.com', true],
    ['*.example.com', 'https://crm.example.com', true],
    ['example.com:8443', 'https://crm.example.com:8443', true],
    ['example.com:8443', 'https://crm.example.com', false],
    ['example.com:443', 'https://crm.example.com', true],
    ['other, 10.0.0.0/8', 'https://10.2.3.4', true],
    ['10.0.0.0/8', 'https://11.2.3.4', false],
    ['10.0.0.0/8:8443', 'https://10.2.3.4:8443', true],
    ['10.2.3.4', 'https://10.2.3.4', true],
    ['10.2.3.4:1', 'https://10.2.3.4', false],
    ['fd00::/8', 'https://[fd12::1]', true],
    ['fd00::/8', 'https://[fe80::1]', false],
    ['[fd12::1]:8443', 'https://[fd12::1]:8443', true],
    ['fd12::1', 'https://[fd12::1]', true],
    ['10.0.0.0/8', 'https://crm.example.com', false],
  ])('leave out with NO_PROXY=%s the address %s: %s', (exceptions, url, isDirect) => {
    const { proxies, problems } = read({ ...PROXY, NO_PROXY: exceptions });
    expect(problems).toEqual([]);
    expect(proxyFor(proxies, new URL(url)) === undefined).toBe(isDirect);
  });
});
