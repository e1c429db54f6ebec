import { afterEach, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { OAuth2Auth } from '../../src/config/sections/systems/oauth2-config.js';
import { LoginClient } from '../../src/origins/auth/internal/login-client.js';
import { createLogin } from '../../src/origins/auth/internal/logins.js';
import { tokenRequester, type Login } from '../../src/origins/auth/internal/request-token.js';
import { loginRoute } from '../../src/origins/http/route.js';
import { OAuthLogin, type LoginRules } from '../support/oauth-login.js';

const ID = 'client id:ü';
const SECRET = 'secret+/%&=: ~*';
const ASSERTION_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const P384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;

let login: OAuthLogin;
afterEach(() => login.origin.stop());

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Starts a login with these rules. Returns the token requests of a client of it. */
async function start(rules: LoginRules, changes: Partial<OAuth2Auth> = {}): Promise<() => ReturnType<Login>> {
  login = await OAuthLogin.start(rules);
  const auth: OAuth2Auth = {
    ...{ type: 'oauth2', tokenUrl: login.tokenUrl, grant: 'client-credentials', clientId: ID, clientSecret: SECRET },
    ...{ clientAuthentication: 'basic', params: {}, claims: {}, scheme: 'Bearer', lifeMs: 900_000 },
    ...{ tokenTimeoutMs: 30_000, required: false },
    ...changes,
  };
  const request = createLogin(auth, tokenRequester(new LoginClient(loginRoute(auth.tokenUrl, { auth }))));
  return () => request(new AbortController().signal);
}

const basic = [ID, SECRET] as const;
const CREDENTIALS: LoginRules = { grant: 'client_credentials', basic };

describe('an OAuth 2.0 login that verifies every request', () => {
  it('accepts an id and a secret that need encoding, with scope and further fields', async () => {
    const fields = { scope: 'a b', resource: 'https://crm.example.com/?a=b&c' };
    const rules = { ...CREDENTIALS, fields };
    const ask = await start(rules, { scope: fields.scope, params: { resource: fields.resource } });
    expect(await ask()).toMatchObject({ value: 't1', lifeMs: 3_600_000 });
  });

  it('accepts the id and the secret in the body', async () => {
    const rules = { grant: 'client_credentials', fields: { client_id: ID, client_secret: SECRET } };
    expect(await (await start(rules, { clientAuthentication: 'body' }))()).toMatchObject({ value: 't1' });
  });

  it.each<[string, KeyObject, string, OAuth2Auth['algorithm']]>([
    ['RSA', RSA, 'RS256', undefined],
    ['RSA', RSA, 'RS384', 'RS384'],
    ['P-256', P256, 'ES256', undefined],
    ['P-384', P384, 'ES384', undefined],
  ])('accepts an assertion of the client with a %s key and %3$s', async (_kind, key, algorithm, declared) => {
    const audience = 'https://login.example.com';
    const assertion = {
      field: 'client_assertion',
      key,
      algorithm,
      claims: { iss: ID, sub: ID, aud: audience },
    } as const;
    const fields = { client_assertion_type: ASSERTION_TYPE };
    const ask = await start(
      { grant: 'client_credentials', fields, assertion },
      {
        ...{ clientAuthentication: 'private-key-jwt', clientSecret: undefined, privateKey: pem(key), audience },
        algorithm: declared,
      },
    );
    expect(await ask()).toMatchObject({ value: 't1' });
    expect(await ask()).toMatchObject({ value: 't2' });
    expect(login.complaints).toEqual([]);
  });

  it('accepts the assertion of a user without client authentication', async () => {
    const claims = { iss: ID, sub: 'ada@example.com', aud: 'https://login.salesforce.com' };
    const assertion = { field: 'assertion', key: RSA, algorithm: 'RS256', claims } as const;
    const ask = await start(
      { grant: ASSERTION_GRANT, assertion },
      {
        ...{ grant: 'jwt-bearer', clientSecret: undefined, privateKey: pem(RSA) },
        ...{ subject: claims.sub, audience: claims.aud },
      },
    );
    login.extra = { instance_url: 'https://other.example.com', issued_at: '1' };
    expect(await ask()).toMatchObject({ value: 't1', lifeMs: 900_000 });
  });

  it('accepts the scope as a claim of the assertion, as Google expects it, and nothing else in the body', async () => {
    const scope = 'https://www.example.com/auth/a https://www.example.com/auth/b';
    const issuer = 'robot@project.example.com';
    const assertion = { field: 'assertion', key: RSA, algorithm: 'RS256', claims: { iss: issuer, scope } } as const;
    const ask = await start(
      { grant: ASSERTION_GRANT, assertion },
      {
        ...{ grant: 'jwt-bearer', clientId: undefined, clientSecret: undefined, privateKey: pem(RSA) },
        ...{ issuer, claims: { scope } },
      },
    );
    expect(await ask()).toMatchObject({ value: 't1' });
    const fields = [...new URLSearchParams(login.origin.calls[0]?.body).keys()];
    expect(fields).toEqual(['grant_type', 'assertion']);
  });

  it('refuses an assertion that lacks the scope', async () => {
    const assertion = { field: 'assertion', key: RSA, algorithm: 'RS256', claims: { scope: 'a' } } as const;
    const signed = { grant: 'jwt-bearer', clientSecret: undefined, privateKey: pem(RSA) } as const;
    const ask = await start({ grant: ASSERTION_GRANT, assertion }, signed);
    expect(await ask().catch(codeOf)).toBe('invalid_client');
  });

  it('gets the refresh token that it issued last', async () => {
    const ask = await start(
      { grant: 'refresh_token', basic, fields: { refresh_token: 'first' } },
      { grant: 'refresh-token', refreshToken: 'first' },
    );
    login.extra = { refresh_token: 'second' };
    await ask();
    login.rules = { ...login.rules, fields: { refresh_token: 'second' } };
    login.extra = {};
    expect(await ask()).toMatchObject({ value: 't2' });
    expect(await ask()).toMatchObject({ value: 't3' });
  });

  it.each<[string, Record<string, unknown>, unknown]>([
    ['seconds as text', { expires_in: '60' }, 60_000],
    ['no life', {}, 900_000],
    ['a life that is no number', { expires_in: 'soon' }, 900_000],
    ['a life that is over', { expires_in: 0 }, 'bad_answer'],
    ['a token that needs a proof per call', { token_type: 'DPoP' }, 'bad_answer'],
  ])('answers with %s', async (_what, extra, expected) => {
    const ask = await start(CREDENTIALS);
    login.extra = extra;
    expect(await ask().then(({ lifeMs }) => lifeMs, codeOf)).toBe(expected);
  });

  it.each<[string, () => unknown, unknown, unknown]>([
    [
      'refuses the client',
      () => (login.rules = { grant: 'other' }),
      'invalid_client',
      { status: 401, code: 'invalid_client' },
    ],
    [
      'refuses the grant with 200, as Zoho does',
      () => login.origin.answer({ error: 'invalid_code' }),
      'refused',
      { status: 200, code: 'invalid_code' },
    ],
    ['reports an error in its own words', () => login.origin.answer({ error: SECRET }), 'refused', { status: 200 }],
    [
      'redirects',
      () => login.origin.fail(302, { location: `${login.origin.url}/elsewhere` }),
      'refused',
      { status: 302 },
    ],
    ['fails', () => login.origin.fail(503), 'login_error', { status: 503 }],
    ['dies half-way', () => login.origin.closeHalfway(), 'bad_answer', expect.anything()],
    ['sends an endless answer', () => login.origin.huge(1_000_000), 'bad_answer', expect.anything()],
  ])('gives no token if it %s, and one when it is back', async (_how, breakLogin, code, facts) => {
    const ask = await start(CREDENTIALS);
    breakLogin();
    const failure = await ask().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, facts });
    expect(JSON.stringify([failure, String(failure)])).not.toContain(SECRET);
    expect(login.origin.calls.filter(({ url }) => url !== '/token')).toEqual([]);
    login.rules = CREDENTIALS;
    login.recover();
    expect(await ask()).toMatchObject({ value: 't1' });
  });

  it.each([
    ['hangs', () => login.origin.hang()],
    ['sends a byte at a time', () => login.origin.trickle(20)],
  ])('is given up after its timeout if it %s', async (_how, breakLogin) => {
    const ask = await start(CREDENTIALS, { tokenTimeoutMs: 300 });
    breakLogin();
    expect(await ask().catch(codeOf)).toBe('timeout');
  });
});

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
