import { describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { ADA_ANSWER } from '../support/declaration.js';
import { post, raw, type HttpAnswer } from '../support/http.js';
import { newPhone, onStage, type Stage } from './stage.js';

const KEY = 'architect-key-1';
const NAME = 'architect';
const CALLERS = {
  [NAME]: { apiKeys: [KEY], tenants: ['10001'], scopes: ['lookup', 'agents'] },
  odd: { apiKeys: ['a+b:c/%'], tenants: ['10001'], scopes: ['lookup'] },
};
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const basic = (name: string, key: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${key}`).toString('base64')}`,
});
const GRANT = 'grant_type=client_credentials';
const WITH_FORM = `${GRANT}&client_id=${NAME}&client_secret=${KEY}`;

const requestToken = (stage: Stage, body: string, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  raw('POST', `${stage.app.url}/oauth/token`, body, { ...FORM, ...headers });
const tokenIn = ({ json }: HttpAnswer): string => String(json?.access_token);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a token', () => {
  const stage = onStage({ callers: CALLERS }, { KEY_SECRET: 'the-secret-of-these-tests' });
  const dip = (headers: Record<string, string>) => stage.ask({ ani: newPhone() }, { headers });

  it.each([
    ['a form', WITH_FORM, {}],
    ['Basic', GRANT, basic(NAME, KEY)],
    ['Basic, encoded as in a form', GRANT, basic('odd', encodeURIComponent('a+b:c/%'))],
    ['JSON', JSON.stringify({ grant_type: 'client_credentials', client_id: NAME, client_secret: KEY }), {}],
  ])('issues a token for credentials in %s and accepts the token', async (_, body, headers) => {
    const answer = await requestToken(stage, body, headers);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    expect(answer.headers['cache-control']).toBe('no-store');
    for (let times = 0; times < 2; times += 1)
      expect((await dip(bearer(tokenIn(answer)))).json).toMatchObject(ADA_ANSWER);
  });

  it('issues a token with fewer scopes than its caller, never with more', async () => {
    const narrow = await requestToken(stage, `${WITH_FORM}&scope=agents`);
    expect(narrow.json).toMatchObject({ scope: 'agents' });
    expect((await dip(bearer(tokenIn(narrow)))).status).toBe(403);
    expect((await requestToken(stage, `${WITH_FORM}&scope=agents%20operate`)).json).toMatchObject({
      error: 'invalid_scope',
    });
  });

  it.each([
    ['no grant', 'client_id=a', 400, 'invalid_request'],
    ['nothing at all', '', 400, 'invalid_request'],
    ['half a JSON', '{"grant_type"', 400, 'invalid_request'],
    ['another grant', `grant_type=password&client_id=${NAME}&client_secret=${KEY}`, 400, 'unsupported_grant_type'],
    ['no credentials', GRANT, 401, 'invalid_client'],
    ['a wrong key', `${GRANT}&client_id=${NAME}&client_secret=wrong`, 401, 'invalid_client'],
    ['the key of another caller', `${GRANT}&client_id=unknown&client_secret=${KEY}`, 401, 'invalid_client'],
  ])('issues no token for %s', async (_, body, status, error) => {
    const answer = await requestToken(stage, body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ status, code: error, error });
    expect(answer.text).not.toContain(KEY);
    if (status === 401) expect(answer.headers['www-authenticate']).toContain('Basic');
  });

  it('issues no token when the credentials are sent twice', async () => {
    expect((await requestToken(stage, WITH_FORM, basic(NAME, KEY))).json).toMatchObject({ error: 'invalid_request' });
  });

  it('refuses a token that is signed with another secret, changed or unsigned', async () => {
    const good = tokenIn(await requestToken(stage, WITH_FORM));
    const [head, claims = '', signature] = good.split('.');
    const content = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
    const forge = (secret: string, more: object = {}) =>
      new SignJWT({ ...content, ...more }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret.padEnd(32)));
    const wider = Buffer.from(JSON.stringify({ ...content, scope: 'lookup operate' })).toString('base64url');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`;
    const bad = [await forge('another'), `${head}.${wider}.${signature}`, none, `${good}x`, good.slice(0, -3), 'a.b.c'];
    for (const token of bad) {
      expect((await dip(bearer(token))).status).toBe(401);
      expect((await stage.get('/metrics', bearer(token))).status).toBe(401);
    }
    expect((await dip(bearer(good))).status).toBe(200);
  });

  it('logs neither a token nor the key of its caller', async () => {
    const token = tokenIn(await requestToken(stage, WITH_FORM));
    await dip(bearer(token));
    const log = JSON.stringify(stage.app.logs);
    for (const secret of [token, KEY]) expect(log).not.toContain(secret);
    expect(stage.app.logs).toContainEqual(
      expect.objectContaining({ route: '/oauth/token', caller: NAME, status: 200 }),
    );
  });
});

describe('the sandbox', () => {
  const stage = onStage();
  it('issues a token for the credentials of the sandbox', async () => {
    const token = tokenIn(await requestToken(stage, `${GRANT}&client_id=sandbox&client_secret=sandbox`));
    const answer = await post(`${stage.app.url}/lookup/customer`, { ani: newPhone() }, bearer(token));
    expect(answer.json).toMatchObject(ADA_ANSWER);
  });
});
