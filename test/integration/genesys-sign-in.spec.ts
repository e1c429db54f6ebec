import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import type { HttpAnswer } from '../support/http.js';
import { PlatformSandbox } from './parts/platform-sandbox.js';

const ME = '/api/v2/users/me?expand=organization';
const BACK = 'http://127.0.0.1:9/app';
const AGENT = 'a0000000-0000-4000-8000-000000000001';
const ORGANIZATION = '00000000-0000-4000-8000-000000000001';
const CONVERSATION = '/api/v2/conversations/d0000000-0000-4000-8000-0000000000';

const sandbox = PlatformSandbox.forEachTest();

const verifier = randomBytes(32).toString('base64url');
const LOGIN = {
  ...{ client_id: 'sandbox-app', response_type: 'code', redirect_uri: BACK, state: 's-1' },
  ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' },
};

function authorize(changes: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
  return sandbox.get(`/oauth/authorize?${new URLSearchParams({ ...LOGIN, ...changes }).toString()}`);
}

async function code(): Promise<string> {
  const { headers } = await authorize();
  return new URL(headers.location ?? '').searchParams.get('code') ?? '';
}

async function redeem(changes: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
  const form = {
    grant_type: 'authorization_code',
    client_id: 'sandbox-app',
    redirect_uri: BACK,
    code_verifier: verifier,
  };
  const fields = { code: changes.code ?? (await code()), ...form, ...changes };
  return sandbox.send('POST', '/oauth/token', String(new URLSearchParams(fields)), { origin: 'http://127.0.0.1:9' });
}

describe('a sign-in with PKCE at the simulated Genesys Cloud', () => {
  it.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['a client without users', { client_id: 'sandbox-client' }],
    ['an address that is not on loopback', { redirect_uri: 'https://evil.example.com/' }],
    ['no address', { redirect_uri: '' }],
  ])('is refused on the page for %s', async (_case, changes) => {
    expect(await authorize(changes)).toMatchObject({ status: 400, headers: {} });
  });

  it.each([
    ['without a challenge', { code_challenge: '' }, 'invalid_request'],
    ['with a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['with an implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
  ])('is sent back %s', async (_case, changes, error) => {
    const { status, headers } = await authorize(changes);
    const back = new URL(headers.location ?? '');
    expect([status, back.origin + back.pathname]).toEqual([302, BACK]);
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error, state: 's-1' });
  });

  it('is refused while no agent is logged in', async () => {
    await sandbox.control('PUT', 'genesys/session', { agent: null });
    expect((await authorize()).headers.location).toBe(`${BACK}?error=access_denied&state=s-1`);
  });

  it.each([
    ['another verifier', { code_verifier: randomBytes(32).toString('base64url') }],
    ['another address', { redirect_uri: 'http://127.0.0.1:9/other' }],
    ['another client', { client_id: 'sandbox-client' }],
    ['an invented code', { code: 'invented' }],
  ])('gives no token for %s', async (_case, changes) => {
    expect(await redeem(changes)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
  });

  it('gives a token once for a code, within a minute', async () => {
    const once = await code();
    expect(await redeem({ code: once })).toMatchObject({ status: 200, json: { expires_in: 86_400 } });
    expect(await redeem({ code: once })).toMatchObject({ status: 400 });
    const late = await code();
    sandbox.passS(60);
    expect(await redeem({ code: late })).toMatchObject({ status: 400 });
  });

  it('gives the token of a user, which the platform revokes', async () => {
    const { json, headers } = await redeem();
    expect(headers['access-control-allow-origin']).toBe('*');
    const token = String(json?.access_token);
    expect(await sandbox.get(ME, token)).toMatchObject({
      ...{ status: 200, json: { id: AGENT, state: 'active', organization: { id: ORGANIZATION } } },
    });
    expect((await sandbox.get('/api/v2/users/me', token)).json).not.toHaveProperty('organization');
    expect(await sandbox.get('/api/v2/users', token)).toMatchObject({ status: 403 });
    expect(await sandbox.control('DELETE', 'genesys/user-tokens/1')).toEqual({ revoked: 1 });
    expect(await sandbox.get(ME, token)).toMatchObject({ status: 401 });
  });

  it('returns to the registered addresses only, if a client names any', async () => {
    await sandbox.control('PUT', 'genesys/clients/sandbox-app', { redirectUris: ['https://apps.example.com/'] });
    expect(await authorize()).toMatchObject({ status: 400 });
    expect(await authorize({ redirect_uri: 'https://apps.example.com/' })).toMatchObject({ status: 302 });
  });
});

describe('the platform API for the page of an agent', () => {
  it('knows no user of the token of a client', async () => {
    expect(await sandbox.get(ME, await sandbox.token())).toMatchObject({ status: 400 });
  });

  it('shows a conversation that rings, with the participant data of its flow', async () => {
    const { access_token: token } = await sandbox.control('POST', 'genesys/user-tokens/7');
    const customers = async (n: number) => {
      const { json } = await sandbox.get(`${CONVERSATION}${n}`, String(token));
      return (json?.participants as Record<string, unknown>[])[0];
    };
    expect(await customers(17)).toMatchObject({ purpose: 'customer', attributes: { customerId: 'c-17' } });
    expect(await customers(20)).toMatchObject({ address: 'tel:+15550020', attributes: {} });
    expect(await sandbox.get('/api/v2/conversations/unknown', String(token))).toMatchObject({ status: 404 });
  });

  it('answers the preflight request of a browser', async () => {
    const { status, headers } = await sandbox.send('OPTIONS', `${CONVERSATION}17`, undefined, {
      origin: 'http://127.0.0.1:9',
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-headers']).toContain('authorization');
  });
});
