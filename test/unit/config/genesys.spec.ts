import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../../src/config/config.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { DEVELOPMENT, edited, FULL, httpSystemOf, loadText, NAMES, type Env } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const BILLING = /baseUrl: http:\/\/billing.example.com\n +auth: .*/.exec(FULL)?.[0] ?? '';
const GIVEN = {
  GENESYS_ENVIRONMENT: 'mypurecloud.ie',
  GENESYS_CLIENT_ID: 'client-1',
  GENESYS_CLIENT_SECRET: 'secret-1',
};
const TERMS = {
  tokenTimeoutMs: 1500,
  allowWrite: false,
  required: false,
  writePermissions: ['*:add', '*:edit', '*:delete', '*.write'],
};
const OWN = 'clientId: own-client, clientSecret: own-secret';

/** The full file, in which billing is a client of Genesys Cloud. */
function load(auth: string, env: Env = GIVEN, rest = ''): Config {
  return loadText(edited(BILLING, `${rest}auth: ${auth}`), { ...NAMES, ...env });
}

function told(auth: string, env: Env = GIVEN, rest = ''): (readonly [string, string | undefined, string])[] {
  return kindsOf(() => load(auth, env, rest)).map(({ key, value, kind }) => [key, value, kind]);
}

describe('a client of Genesys Cloud', () => {
  it('is what the environment says', () => {
    const { baseUrl, auth, limits } = httpSystemOf(load('{ type: genesys }'), 'billing');
    const loginUrl = 'https://login.mypurecloud.ie';
    expect(auth).toEqual({ type: 'genesys', loginUrl, clientId: 'client-1', clientSecret: 'secret-1', ...TERMS });
    expect(baseUrl).toBe('https://api.mypurecloud.ie');
    expect(limits.maxPerMinute).toBe(300);
  });

  it('may have separate addresses in the environment', () => {
    const env = { ...GIVEN, GENESYS_LOGIN_URL: 'http://127.0.0.1:1/', GENESYS_API_URL: 'http://127.0.0.1:2' };
    const { baseUrl, auth } = httpSystemOf(load('{ type: genesys }', env), 'billing');
    expect([baseUrl, auth]).toMatchObject(['http://127.0.0.1:2', { loginUrl: 'http://127.0.0.1:1' }]);
  });

  it('may be another one, in another region', () => {
    const { baseUrl, auth } = httpSystemOf(load(`{ type: genesys, environment: mypurecloud.jp, ${OWN} }`), 'billing');
    expect(baseUrl).toBe('https://api.mypurecloud.jp');
    expect(auth).toMatchObject({ loginUrl: 'https://login.mypurecloud.jp', clientId: 'own-client' });
  });

  it('may declare separate options', () => {
    const auth = '{ type: genesys, allowWrite: true, writePermissions: ["*:purge"], tokenTimeoutMs: 900 }';
    expect(load(auth).systems.get('billing')?.auth).toMatchObject({
      ...{ allowWrite: true, writePermissions: ['*:purge'], tokenTimeoutMs: 900 },
    });
  });

  const here = (what: string): string => `missing here and in environment: ${what}`;

  it('reports every missing setting at once', () => {
    expect(told('{ type: genesys }', {}).sort()).toEqual([
      ['systems.billing.auth.clientId', undefined, here('GENESYS_CLIENT_ID')],
      ['systems.billing.auth.clientSecret', undefined, here('GENESYS_CLIENT_SECRET')],
      ['systems.billing.auth.loginUrl', undefined, here('GENESYS_ENVIRONMENT or GENESYS_LOGIN_URL')],
      ['systems.billing.baseUrl', undefined, here('GENESYS_ENVIRONMENT or GENESYS_API_URL')],
    ]);
  });

  it.each<readonly [string, Env, string[]]>([
    ['{ type: genesys, clientId: own }', GIVEN, ['clientSecret']],
    ['{ type: genesys, clientSecret: own }', GIVEN, ['clientId']],
    ['{ type: genesys, optional: true }', { GENESYS_CLIENT_ID: 'a', GENESYS_ENVIRONMENT: 'a.b' }, ['clientSecret']],
  ])('needs both id and secret from one place: %s', (auth, env, lacking) => {
    expect(told(auth, env).map(([key]) => key)).toEqual(lacking.map((name) => `systems.billing.auth.${name}`));
  });

  it('needs the address of its API where its login is its own', () => {
    expect(told(`{ type: genesys, loginUrl: http://l, ${OWN} }`).map(([key]) => key)).toEqual([
      'systems.billing.baseUrl',
    ]);
    expect(told(`{ type: genesys, loginUrl: http://l, ${OWN} }`, GIVEN, 'baseUrl: http://api\n    ')).toEqual([]);
  });

  it.each<readonly [Env, string, string | undefined, string]>([
    [
      { GENESYS_ENVIRONMENT: 'https://mypurecloud.com' },
      'GENESYS_ENVIRONMENT',
      '"https://mypurecloud.com"',
      'not a domain',
    ],
    [
      { GENESYS_ENVIRONMENT: 'login.mypurecloud.com' },
      'GENESYS_ENVIRONMENT',
      '"login.mypurecloud.com"',
      'not a domain',
    ],
    [{ GENESYS_LOGIN_URL: 'ftp://me:s3cret@x' }, 'GENESYS_LOGIN_URL', undefined, 'not an HTTP address'],
    [{ GENESYS_CLIENT_ID: 'a:b' }, 'GENESYS_CLIENT_ID', '"a:b"', 'colon'],
    [{ GENESYS_CLIENT_SECRET: 's3cret\n' }, 'GENESYS_CLIENT_SECRET', undefined, 'padded'],
  ])('is refused with %j', (env, key, value, kind) => {
    const found = told('{ type: genesys }', { ...GIVEN, ...env });
    expect(found).toEqual([[key, value, kind]]);
  });

  it('shows no secret, whatever is wrong', () => {
    const secrets = /own-secret|own-client|secret-1/;
    expect(JSON.stringify(told(`{ type: genesys, ${OWN}, allowWrite: perhaps, clientKey: secret-1 }`))).not.toMatch(
      secrets,
    );
    expect(
      JSON.stringify(told(`{ type: cxone, accessKeyId: own-client, accessKeySecret: " own-secret" }`)),
    ).not.toMatch(secrets);
  });

  it('may be left out with all that is answered from it, where nothing is said of it', () => {
    const { systems, lookups, leftOut } = load('{ type: genesys, optional: true }', {});
    expect(leftOut).toEqual(['billing']);
    expect(systems.has('billing')).toBe(false);
    expect([...lookups.values()].map(({ origin }) => origin.system)).not.toContain('billing');
  });
});

describe('a client of CXone', () => {
  it('is an access key', () => {
    const auth =
      '{ type: cxone, accessKeyId: id, accessKeySecret: "${BILLING_PASSWORD}", loginUrl: https://eu1.example.com/ }';
    const system = load(auth, {}, 'baseUrl: https://api.example.com/services/v27.0\n    ').systems.get('billing');
    expect(system?.auth).toEqual({
      ...{ type: 'cxone', loginUrl: 'https://eu1.example.com' },
      ...{ accessKeyId: 'id', accessKeySecret: NAMES.BILLING_PASSWORD, ...TERMS },
    });
    expect(system?.limits.maxPerMinute).toBeUndefined();
  });

  it('needs its key, and an address', () => {
    expect(
      told('{ type: cxone }')
        .map(([key]) => key)
        .sort(),
    ).toEqual(['systems.billing.auth.accessKeyId', 'systems.billing.auth.accessKeySecret', 'systems.billing.baseUrl']);
  });
});

describe('the example for Genesys Cloud', () => {
  it('is a file that loads', () => {
    const file = fileURLToPath(new URL('../../../src/config/bundled/genesys.yaml', import.meta.url));
    const config = loadConfig({ ...DEVELOPMENT, ...GIVEN, ARCHITECT_API_KEY: 'architect-key', DATADIP_CONFIG: file });
    expect([...config.lookups.keys()]).toEqual(['contact', 'profile']);
  });

  it('needs what it says it needs', () => {
    const file = fileURLToPath(new URL('../../../src/config/bundled/genesys.yaml', import.meta.url));
    expect(kindsOf(() => loadConfig({ ...DEVELOPMENT, DATADIP_CONFIG: file }))).toHaveLength(5);
  });
});

describe('the sandbox', () => {
  const url = 'http://127.0.0.1:4000';

  it('is Genesys Cloud where the environment names none', () => {
    expect(loadConfig(DEVELOPMENT, { sandbox: { url } }).systems.get('genesys')).toMatchObject({
      ...{ baseUrl: url, auth: { loginUrl: url, clientId: 'sandbox-client' } },
    });
  });

  it('is given no client of anybody else', () => {
    const config = loadConfig({ ...DEVELOPMENT, ...GIVEN }, { sandbox: { url } });
    expect(config.systems.get('genesys')).toMatchObject({ baseUrl: 'https://api.mypurecloud.ie' });
    expect(config.systems.get('crm')).toMatchObject({ baseUrl: url });
  });
});
