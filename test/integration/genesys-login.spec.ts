/** This file exceeds 220 lines because its tests share one running simulator. */

import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request } from 'node:http';
import { RateLimiter } from '../../src/sandbox/genesys/rate-limiter.js';
import { ClientStats } from '../../src/sandbox/genesys/client-stats.js';
import { TokenRegistry } from '../../src/sandbox/login/token-registry.js';
import { eventually } from '../support/eventually.js';
import { PlatformSandbox } from './parts/platform-sandbox.js';

const ME = '/api/v2/tokens/me';
const LOGIN = 'genesys/login';
const CLIENT = 'genesys/clients/sandbox-client';

const sandbox = PlatformSandbox.forEachTest();

describe('the token endpoint of the simulated Genesys Cloud', () => {
  it('issues a new token for each request, for one day and without a scope', async () => {
    const [one, other] = [await sandbox.login(), await sandbox.login()];
    expect(one.json).toEqual({ access_token: expect.any(String), token_type: 'bearer', expires_in: 86_400 });
    expect(other.json?.access_token).not.toBe(one.json?.access_token);
  });

  it.each([
    ['a wrong secret', 'sandbox-client', 'guess', 'authentication failed'],
    ['no secret', 'sandbox-client', '', 'authentication failed'],
    ['an unknown client', 'somebody', 'sandbox-secret', 'client not found'],
    ['a name every object has', 'constructor', 'sandbox-secret', 'client not found'],
  ])('refuses %s as an invalid client', async (_name, id, secret, description) => {
    const refused = { error: 'invalid_client', description, error_description: description };
    expect(await sandbox.login(id, secret)).toMatchObject({ status: 401, json: refused });
    await sandbox.control('PUT', LOGIN, { refusalStatus: 400 });
    expect(await sandbox.login(id, secret)).toMatchObject({ status: 400, json: refused });
  });

  it('requires Basic, the client-credentials grant and POST', async () => {
    expect(await sandbox.send('POST', '/oauth/token', 'grant_type=client_credentials')).toMatchObject({ status: 401 });
    const password = await sandbox.login(undefined, undefined, 'grant_type=password');
    expect(password).toMatchObject({ status: 400, json: { error: 'unsupported_grant_type' } });
    expect(await sandbox.get('/oauth/token')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await sandbox.login(undefined, undefined, 'x'.repeat(20_000))).toMatchObject({ status: 413 });
  });

  it('expires a token exactly at the end of its life: lifeS', async () => {
    await sandbox.control('PUT', LOGIN, { lifeS: 3 });
    const { json } = await sandbox.login();
    const token = String(json?.access_token);
    expect(json).toMatchObject({ expires_in: 3 });
    sandbox.passS(2.999);
    expect(await sandbox.get(ME, token)).toMatchObject({ status: 200 });
    sandbox.passS(0.001);
    expect(await sandbox.get(ME, token)).toMatchObject({ status: 401 });
  });

  it.each([
    ['noExpiresIn', { access_token: expect.any(String), token_type: 'bearer' }],
    ['negativeExpiresIn', expect.objectContaining({ access_token: expect.any(String), expires_in: -60 })],
    ['textExpiresIn', expect.objectContaining({ expires_in: 'soon' })],
    ['noAccessToken', { token_type: 'bearer', expires_in: 60 }],
  ])('sends an answer with the demanded defect: broken is %s', async (broken, body) => {
    await sandbox.control('PUT', LOGIN, { broken, lifeS: 60 });
    const answer = await sandbox.login();
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(body);
  });

  it('sends a page in place of JSON, whole or byte by byte: broken is notJson', async () => {
    for (const trickle of [false, true]) {
      await sandbox.control('PUT', LOGIN, { broken: 'notJson', trickle });
      const page = await sandbox.login();
      expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html' } });
      expect(() => JSON.parse(page.text) as unknown).toThrow();
    }
  });

  it('sends the demanded token type, or none: tokenType', async () => {
    await sandbox.control('PUT', LOGIN, { tokenType: 'Bearer' });
    expect((await sandbox.login()).json).toMatchObject({ token_type: 'Bearer' });
    await sandbox.control('PUT', LOGIN, { tokenType: null });
    expect((await sandbox.login()).json).not.toHaveProperty('token_type');
  });

  it('fails as demanded and issues no token then: failureRate, failureStatus, retryAfterS', async () => {
    await sandbox.control('PUT', LOGIN, { failureRate: 1, failureStatus: 503 });
    expect(await sandbox.login()).toMatchObject({ status: 503, json: { code: 'service.unavailable', status: 503 } });
    await sandbox.control('PUT', LOGIN, { failureStatus: 429, retryAfterS: 42 });
    const limited = { code: 'too.many.requests.retry.after', status: 429 };
    expect(await sandbox.login()).toMatchObject({ status: 429, headers: { 'retry-after': '42' }, json: limited });
    expect(await clients()).toMatchObject({ 'sandbox-client': { tokenRequests: 2, tokensGiven: 0 } });
  });

  it('refuses or hangs as demanded, and the API still answers: refuse, hang', async () => {
    const token = await sandbox.token();
    await sandbox.control('PUT', LOGIN, { refuse: true });
    await expect(sandbox.login()).rejects.toThrow('socket hang up');
    await sandbox.control('PUT', LOGIN, { refuse: false, hang: true });
    const hung = request(`${sandbox.url}/oauth/token`, { method: 'POST', agent: false }).on('error', () => undefined);
    hung.end('grant_type=client_credentials');
    await eventually(async () => expect((await stats()).login).toMatchObject({ inFlight: 1 }));
    expect(await sandbox.get(ME, token)).toMatchObject({ status: 200 });
    hung.destroy();
    await eventually(async () => expect((await stats()).login).toMatchObject({ inFlight: 0, aborted: 1 }));
  });

  it('counts no call if the caller leaves before the end of the body', async () => {
    const headers = { expect: '100-continue' };
    const leaving = request(`${sandbox.url}/oauth/token`, { method: 'POST', agent: false, headers });
    leaving.on('error', () => undefined);
    leaving.flushHeaders();
    // The server must have begun to read the request before the caller leaves.
    await once(leaving, 'continue');
    leaving.write('grant_type=');
    leaving.destroy();
    await sandbox.token();
    expect((await stats()).login).toMatchObject({ calls: 1, inFlight: 0 });
  });

  it('shows, merges and resets the switches, and refuses a change with one invalid switch', async () => {
    const first = await sandbox.control('GET', LOGIN);
    expect(first).toMatchObject({ lifeS: 86_400, tokenType: 'bearer', refusalStatus: 401, broken: null, latencyMs: 0 });
    expect(await sandbox.control('PUT', LOGIN, { lifeS: 5 })).toEqual({ ...first, lifeS: 5 });
    const bad = [{ lifeS: 0 }, { lifeS: 172_801 }, { lifeS: 1.5 }, { broken: 'all' }, { refusalStatus: 500 }];
    for (const change of [...bad, { tokenType: '' }, { requireToken: 'x' }]) {
      const body = JSON.stringify({ refuse: true, ...change });
      expect(await sandbox.send('PUT', `/sandbox/${LOGIN}`, body)).toMatchObject({ status: 400 });
    }
    expect(await sandbox.control('DELETE', LOGIN)).toEqual(first);
  });
});

describe('a client of the simulated Genesys Cloud', () => {
  it('returns the scope with the token, and the permissions at /tokens/me', async () => {
    expect((await me()).authorizedScope).toEqual([
      'externalContacts:contact:view',
      'directory:user:view',
      'routing:queue:view',
    ]);
    await sandbox.control('PUT', CLIENT, {
      permissions: ['externalContacts:contact:edit'],
      scope: 'users external-contacts',
    });
    expect((await sandbox.login()).json).toMatchObject({ scope: 'users external-contacts' });
    expect(await me()).toMatchObject({
      organization: { name: 'Sandbox' },
      authorizedScope: ['externalContacts:contact:edit'],
      OAuthClient: { id: 'sandbox-client', scope: ['externalContacts:contact:edit'] },
    });
    await sandbox.control('PUT', CLIENT, { authorizedScope: ['users:readonly'] });
    expect(await me()).toMatchObject({ authorizedScope: ['users:readonly'] });
    await sandbox.control('DELETE', CLIENT);
    expect((await sandbox.login()).json).not.toHaveProperty('scope');
  });

  it('accepts another client with its own secret until the client is removed', async () => {
    await sandbox.control('PUT', 'genesys/clients/other', { secret: 'hush', permissions: [] });
    const token = await sandbox.token('other', 'hush');
    expect((await sandbox.get(ME, token)).json).toMatchObject({ OAuthClient: { id: 'other' }, authorizedScope: [] });
    expect(await sandbox.login('other')).toMatchObject({ status: 401 });
    await sandbox.control('DELETE', 'genesys/clients/other');
    expect(await sandbox.login('other', 'hush')).toMatchObject({ status: 401 });
    expect(await sandbox.send('GET', '/sandbox/genesys/clients/other')).toMatchObject({ status: 404 });
  });

  it.each([
    ['no secret', 'c', { secret: '' }, 400],
    ['an unknown key', 'c', { permission: [] }, 400],
    ['a permission that is no text', 'c', { permissions: [1] }, 400],
    ['a bad name', 'a%20b', {}, 400],
  ])('refuses a client with %s', async (_name, id, change, status) => {
    const refused = await sandbox.send('PUT', `/sandbox/genesys/clients/${id}`, JSON.stringify(change));
    expect(refused).toMatchObject({ status, json: { error: expect.any(String) } });
  });

  it('accepts at most 100 clients', async () => {
    for (let n = 1; n < 99; n += 1) await sandbox.control('PUT', `genesys/clients/c${n}`, {});
    expect(await sandbox.send('PUT', '/sandbox/genesys/clients/c99', '{}')).toMatchObject({ status: 409 });
    expect(await sandbox.control('PUT', 'genesys/clients/c98', { secret: 'new' })).toMatchObject({ secret: 'new' });
  });
});

describe('counters of the simulated Genesys Cloud', () => {
  it('counts each client separately, and unknown clients together', async () => {
    await sandbox.control('PUT', 'genesys/clients/other', { secret: 'hush' });
    const token = await sandbox.token();
    await sandbox.token('other', 'hush');
    await sandbox.login('sandbox-client', 'guess');
    await sandbox.login('somebody');
    await sandbox.get(ME, token);
    await sandbox.get(ME, 'never-given');
    await sandbox.get(ME);
    const none = { tokenRequests: 0, tokensGiven: 0, apiCalls: 0, unauthorized: 0, forbidden: 0, rateLimited: 0 };
    expect(await clients()).toEqual({
      'sandbox-client': { ...none, tokenRequests: 2, tokensGiven: 1, apiCalls: 1 },
      other: { ...none, tokenRequests: 1, tokensGiven: 1 },
      '(nobody)': { ...none, tokenRequests: 1, apiCalls: 2, unauthorized: 2 },
    });
    expect(await stats()).toMatchObject({ calls: 3, byRoute: { [ME]: 3 }, login: { byRoute: { '/oauth/token': 4 } } });
    expect(await sandbox.control('DELETE', 'genesys/stats')).toMatchObject({
      calls: 0,
      login: { calls: 0 },
      clients: {},
    });
  });

  it('does not change the counters and switches of the CRM', async () => {
    await sandbox.control('PUT', LOGIN, { latencyMs: 1 });
    await sandbox.get(ME, await sandbox.token());
    expect(await sandbox.control('GET', 'stats')).toMatchObject({ calls: 0 });
    expect(await sandbox.control('GET', 'behaviour')).toMatchObject({ latencyMs: 0 });
    await sandbox.get('/api/v2/customers/c-17');
    expect(await sandbox.control('GET', 'stats')).toMatchObject({ calls: 1 });
    expect(await stats()).toMatchObject({ calls: 1 });
  });
});

describe('limits of the simulated Genesys Cloud', () => {
  const noTime = (): number => 0;

  it('stores 10000 tokens and deletes the oldest', () => {
    const registry = new TokenRegistry(noTime);
    const tokens = Array.from({ length: 10_001 }, () => registry.issue('c', 1));
    expect(registry.find(tokens[0] ?? '')).toBeUndefined();
    expect(registry.find(tokens[1] ?? '')).toEqual({ clientId: 'c', status: 'valid' });
    expect(registry.revokeAll()).toBe(10_000);
    expect(registry.find(tokens[1] ?? '')).toEqual({ clientId: 'c', status: 'revoked' });
  });

  it('stores 10000 minutes and deletes the one that began first', () => {
    const rateLimiter = new RateLimiter(noTime);
    for (let n = 0; n < 10_000; n += 1) rateLimiter.acquire(`t${n}`, 1);
    expect(rateLimiter.acquire('t0', 1)).toBe(60);
    expect(rateLimiter.acquire('one more', 1)).toBeUndefined();
    expect(rateLimiter.acquire('t0', 1)).toBeUndefined();
    expect(rateLimiter.acquire('t2', 1)).toBe(60);
  });

  it('stores the counts of 200 clients and deletes those unchanged for longest', () => {
    const clientStats = new ClientStats();
    for (let n = 0; n < 200; n += 1) clientStats.increment(`c${n}`, 'apiCalls');
    clientStats.increment('c0', 'apiCalls');
    clientStats.increment('one more', 'apiCalls');
    const counts = clientStats.view();
    expect(Object.keys(counts)).toHaveLength(200);
    expect(counts).toMatchObject({ c0: { apiCalls: 2 }, 'one more': { apiCalls: 1 } });
    expect(counts).not.toHaveProperty('c1');
  });
});

async function me(): Promise<Record<string, unknown>> {
  return (await sandbox.get(ME, await sandbox.token())).json ?? {};
}

function stats(): Promise<Record<string, unknown>> {
  return sandbox.control('GET', 'genesys/stats');
}

async function clients(): Promise<unknown> {
  return (await stats()).clients;
}
