import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { edited, loadText, PRODUCTION, NAMES } from '../../fixtures/config/load-text.js';
import { kindsOf } from '../../fixtures/config/problem-kinds.js';

const AUTH = 'auth: { type: basic, username: datadip, password: "${BILLING_PASSWORD}" }';
const LOGIN = 'tokenUrl: https://login.example.com/token';
const CLIENT = `${LOGIN}, clientId: me, clientSecret: "\${BILLING_PASSWORD}"`;

const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();
const RSA_KEY = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const SHORT_KEY = pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey);
const EC_KEY = pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);
const EDWARDS_KEY = pem(generateKeyPairSync('ed25519').privateKey);
const LOCKED_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' },
}).privateKey;
const KEYS = { RSA_KEY, SHORT_KEY, EC_KEY, EDWARDS_KEY, LOCKED_KEY, ONE_LINE_KEY: RSA_KEY.replaceAll('\n', '\\n') };
const SIGNED = 'clientAuthentication: private-key-jwt, privateKey: "${RSA_KEY}"';
const PAIR = 'client-credentials and clientAuthentication: basic';

const load = (auth: string, env: Readonly<Record<string, string>> = {}) =>
  loadText(edited(AUTH, `auth: { type: oauth2, ${auth} }`), { ...NAMES, ...KEYS, ...env });

/** The problems of the block: key, shown value and kind. */
function problems(auth: string, env: Readonly<Record<string, string>> = {}): unknown[] {
  return kindsOf(() => load(auth, env)).map(({ key, value, kind }) => [
    key.replace('systems.billing.auth.', ''),
    value,
    kind,
  ]);
}

describe('a system that logs in with OAuth 2.0', () => {
  it('has the defaults of client credentials with Basic', () => {
    expect(load(CLIENT).systems.get('billing')?.auth).toEqual({
      ...{ type: 'oauth2', tokenUrl: 'https://login.example.com/token', grant: 'client-credentials' },
      ...{ clientId: 'me', clientSecret: NAMES.BILLING_PASSWORD, clientAuthentication: 'basic' },
      ...{ params: {}, claims: {}, scheme: 'Bearer', lifeMs: 900_000, tokenTimeoutMs: 1500, required: false },
    });
  });

  it('reads a key whose line breaks are written as \\n', () => {
    const auth = `${LOGIN}, grant: jwt-bearer, clientId: me, privateKey: "\${ONE_LINE_KEY}"`;
    expect(load(auth).systems.get('billing')?.auth).toMatchObject({ privateKey: RSA_KEY });
  });

  it.each([
    [`${LOGIN}, clientId: me, ${SIGNED}, keyId: k1, algorithm: RS384, audience: https://login.example.com`],
    [`${LOGIN}, grant: jwt-bearer, issuer: me, subject: somebody, privateKey: "\${EC_KEY}"`],
    [`${CLIENT}, grant: jwt-bearer, privateKey: "\${RSA_KEY}"`],
    [`${CLIENT}, grant: refresh-token, refreshToken: r, scheme: Zoho-oauthtoken`],
    [`${LOGIN}, grant: jwt-bearer, issuer: me, privateKey: "\${RSA_KEY}", claims: { scope: "a b" }`],
    [`${LOGIN}, clientId: me, clientAuthentication: body, grant: refresh-token, refreshToken: r`],
    [`${CLIENT}, scope: "a b", params: { resource: https://crm.example.com }, lifeMs: 60000`],
    ['tokenUrl: "https://login.example.com/token?p=policy", clientId: me, clientSecret: s'],
  ])('may be %s', (auth) => {
    expect(problems(auth)).toEqual([]);
  });

  it.each<readonly [string, string, string | undefined, string]>([
    [`${LOGIN}, clientSecret: s`, 'clientId', undefined, `required with the grant: ${PAIR}`],
    ['clientId: me, clientSecret: s', 'tokenUrl', undefined, 'missing'],
    ['tokenUrl: login, clientId: me, clientSecret: s', 'tokenUrl', '"login"', 'not an HTTP address'],
    ['tokenUrl: "https://me:s@l/", clientId: me, clientSecret: s', 'tokenUrl', undefined, 'credentials'],
    ['tokenUrl: "https://l/#a", clientId: me, clientSecret: s', 'tokenUrl', '"https://l/#a"', 'fragment in address'],
    [
      `${CLIENT}, grant: password`,
      'grant',
      '"password"',
      'unknown word: client-credentials, jwt-bearer, refresh-token',
    ],
    [`${CLIENT}, privateKey: "\${RSA_KEY}"`, 'privateKey', undefined, `unused with the grant: ${PAIR}`],
    [`${CLIENT}, audience: api`, 'audience', undefined, `unused with the grant: ${PAIR}`],
    [`${CLIENT}, refreshToken: secret-1`, 'refreshToken', undefined, `unused with the grant: ${PAIR}`],
    [`${CLIENT}, subject: secret-1`, 'subject', undefined, `unused with the grant: ${PAIR}`],
    [
      `${CLIENT}, ${SIGNED}`,
      'clientSecret',
      undefined,
      'unused with the grant: client-credentials and clientAuthentication: private-key-jwt',
    ],
    [
      `${LOGIN}, clientId: me, clientAuthentication: private-key-jwt`,
      'privateKey',
      undefined,
      'required with the grant: client-credentials and clientAuthentication: private-key-jwt',
    ],
    [
      `${CLIENT}, grant: refresh-token`,
      'refreshToken',
      undefined,
      'required with the grant: refresh-token and clientAuthentication: basic',
    ],
    [
      `${LOGIN}, clientId: me, ${SIGNED}, algorithm: ES256`,
      'algorithm',
      '"ES256"',
      'algorithm of another key: RS256, RS384',
    ],
    [
      `${LOGIN}, clientId: me, ${SIGNED}, algorithm: HS256`,
      'algorithm',
      '"HS256"',
      'unknown word: RS256, RS384, ES256, ES384',
    ],
    ...['SHORT_KEY', 'EDWARDS_KEY'].map((name) => [jwt(name), 'privateKey', undefined, 'weak signing key'] as const),
    ...['LOCKED_KEY', 'BILLING_PASSWORD'].map(
      (name) => [jwt(name), 'privateKey', undefined, 'not a signing key'] as const,
    ),
    [`${CLIENT}, params: { client_secret: secret-1 }`, 'params.client_secret', undefined, 'own field'],
    [`${CLIENT}, claims: { scope: a }`, 'claims', undefined, `unused with the grant: ${PAIR}`],
    [`${jwt('RSA_KEY')}, claims: { sub: somebody }`, 'claims.sub', undefined, 'own claim'],
    [`${CLIENT}, params: { a: 5 }`, 'params.a', undefined, 'not quoted'],
    [`${CLIENT}, scheme: "Bearer x"`, 'scheme', undefined, 'not a header name'],
    [`${CLIENT}, lifeMs: 10`, 'lifeMs', undefined, 'not milliseconds: 1000 to 86400000'],
    [`${CLIENT}, secret: secret-1`, 'secret', undefined, expect.stringMatching(/^unknown key: /) as unknown as string],
  ])('is refused as %s', (auth, key, value, kind) => {
    expect(problems(auth)).toEqual([[key, value, kind]]);
  });

  it('must not log in unencrypted in production, except on this machine', () => {
    const production = { ...PRODUCTION, BILLING_PASSWORD: NAMES.BILLING_PASSWORD };
    const login = 'tokenUrl: http://login.example.com/token, clientId: me, clientSecret: s';
    expect(problems(login, production)).toEqual([['tokenUrl', '"http://login.example.com/token"', 'plaintext login']]);
    expect(problems(login.replace('login.example.com', '127.0.0.1:1'), production)).toEqual([]);
    expect(problems(login)).toEqual([]);
  });
});

function jwt(key: string): string {
  return `${LOGIN}, grant: jwt-bearer, clientId: me, privateKey: "\${${key}}"`;
}
