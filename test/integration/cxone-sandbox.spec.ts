import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '../support/http.js';
import { PlatformSandbox } from './parts/platform-sandbox.js';

const ACCESS_KEY = '/authentication/v1/token/access-key';
const REFRESH = '/public/user/refresh';
const STATES = '/inContactAPI/services/v27.0/agents/states';
const KEY = { accessKeyId: 'sandbox-key', accessKeySecret: 'sandbox-key-secret' };

const sandbox = PlatformSandbox.forEachTest();

describe('the login of the simulated CXone', () => {
  it('issues tokens of one hour for the access key, and new tokens for the refresh token', async () => {
    const given = await post(ACCESS_KEY, KEY);
    const text = expect.any(String);
    const tokens = { access_token: text, refresh_token: text, id_token: text, token_type: 'bearer', expires_in: 3600 };
    expect(given.json).toEqual(tokens);
    const again = await post(REFRESH, { token: given.json?.refresh_token });
    expect(again.json).toEqual(tokens);
    expect(again.json?.access_token).not.toBe(given.json?.access_token);
    expect(await states(again.json?.access_token)).toMatchObject({ status: 200 });
    const stats = await sandbox.control('GET', 'cxone/stats');
    expect(stats).toMatchObject({ calls: 1, login: { calls: 2, byRoute: { [ACCESS_KEY]: 1, [REFRESH]: 1 } } });
    expect(await sandbox.control('DELETE', 'cxone/stats')).toMatchObject({ calls: 0, login: { calls: 0 } });
  });

  it.each([
    [ACCESS_KEY, { ...KEY, accessKeySecret: 'guess' }, 401, 'invalid_client'],
    [ACCESS_KEY, { ...KEY, accessKeyId: 'other' }, 401, 'invalid_client'],
    [ACCESS_KEY, { accessKeyId: 'sandbox-key' }, 400, 'invalid_request'],
    [REFRESH, { token: 'never-given' }, 401, 'invalid_grant'],
    [REFRESH, {}, 400, 'invalid_request'],
  ])('refuses invalid credentials at %s: %o', async (path, body, status, error) => {
    expect(await post(path, body)).toMatchObject({ status, json: { error, error_description: expect.any(String) } });
  });

  it('refuses a body that is not JSON or too long, and every other method', async () => {
    expect(await sandbox.send('POST', ACCESS_KEY, 'accessKeyId=sandbox-key')).toMatchObject({ status: 400 });
    expect(await sandbox.send('POST', REFRESH, ' '.repeat(20_000))).toMatchObject({ status: 413 });
    expect(await sandbox.get(ACCESS_KEY)).toMatchObject({ status: 405 });
  });

  it('expires a token after its life, and a refresh token after twice that life', async () => {
    await sandbox.control('PUT', 'cxone/login', { lifeS: 10 });
    const { json } = await post(ACCESS_KEY, KEY);
    sandbox.passS(10);
    expect(await states(json?.access_token)).toMatchObject({ status: 401, json: { error: 'invalid_token' } });
    expect(await post(REFRESH, { token: json?.refresh_token })).toMatchObject({
      status: 200,
      json: { expires_in: 10 },
    });
    sandbox.passS(10);
    expect(await post(REFRESH, { token: json?.refresh_token })).toMatchObject({ status: 401 });
  });

  it('answers with the demanded defect, and does not change Genesys Cloud', async () => {
    await sandbox.control('PUT', 'cxone/login', { broken: 'negativeExpiresIn' });
    expect((await post(ACCESS_KEY, KEY)).json).toMatchObject({ expires_in: -3600 });
    await sandbox.control('PUT', 'cxone/login', { failureRate: 1, failureStatus: 503, retryAfterS: 2 });
    const failed = { status: 503, headers: { 'retry-after': '2' }, json: { error: 'failed' } };
    expect(await post(ACCESS_KEY, KEY)).toMatchObject(failed);
    expect((await sandbox.login()).json).toMatchObject({ expires_in: 86_400 });
    expect(await sandbox.control('DELETE', 'cxone/login')).toMatchObject({ lifeS: 3600, broken: null, failureRate: 0 });
  });
});

describe('the agents of the simulated CXone', () => {
  let token: unknown;

  beforeEach(async () => {
    token = (await post(ACCESS_KEY, KEY)).json?.access_token;
  });

  it('returns agents only for a valid token', async () => {
    expect(await sandbox.get(STATES)).toMatchObject({ status: 401 });
    expect(await states('never-given')).toMatchObject({ status: 401 });
    expect(await states(await sandbox.token())).toMatchObject({ status: 401 });
    expect(await sandbox.control('DELETE', 'cxone/tokens')).toEqual({ revoked: 1 });
    expect(await states(token)).toMatchObject({ status: 401 });
  });

  it('lists agents in pages of at most 100', async () => {
    const pages = await Promise.all([0, 100, 200].map((skip) => agents(`top=500&skip=${skip}`)));
    expect(pages.map((page) => page.length)).toEqual([100, 100, 48]);
    expect(new Set(pages.flat().map(({ agentId }) => agentId)).size).toBe(248);
    expect(await agents('')).toHaveLength(50);
    expect((await states(token)).json).toMatchObject({ totalRecords: 248, lastPollTime: expect.any(String) });
  });

  it('derives the state from routing and presence, and shows wrap-up as a flag', async () => {
    await sandbox.control('PUT', 'agents/9', { wrapUps: 1 });
    expect((await agents('top=9')).map(({ agentId, agentStateId, isACW }) => [agentId, agentStateId, isACW])).toEqual([
      ...[1, 2, 3, 4].map((n) => [n, 1, false]),
      ...[5, 6].map((n) => [n, 3, false]),
      ...[
        [7, 2, false],
        [8, 0, false],
        [9, 2, true],
      ],
    ]);
  });

  it('lists only agents that changed since the last poll', async () => {
    const polled = String((await states(token)).json?.lastPollTime);
    const later = new Date(Date.parse(polled) + 60_000).toISOString();
    expect(await agents(`updatedSince=${later}`)).toEqual([]);
    await sandbox.control('PUT', 'agents/3', { routingStatus: 'INTERACTING' });
    expect(await agents(`updatedSince=${polled}`)).toMatchObject([{ agentId: 3, agentStateId: 3 }]);
  });

  it('returns a single agent, and 404 for an unknown agent', async () => {
    const one = (n: number): Promise<HttpAnswer> => sandbox.get(STATES.replace('states', `${n}/states`), String(token));
    expect(await one(7)).toMatchObject({ status: 200, json: { agentStates: [{ agentId: 7, agentStateId: 2 }] } });
    expect(await one(251)).toMatchObject({ status: 404 });
    expect(await sandbox.send('POST', STATES, '{}')).toMatchObject({ status: 405 });
  });

  it('applies the switches of CXone only', async () => {
    await sandbox.control('PUT', 'cxone/behaviour', { failureRate: 1, failureStatus: 503 });
    expect(await states(token)).toMatchObject({ status: 503 });
    await sandbox.control('DELETE', 'cxone/behaviour');
    expect(await states(token)).toMatchObject({ status: 200 });
    const refused = await sandbox.send('PUT', '/sandbox/cxone/behaviour', '{"callsPerMinute":1}');
    expect(refused).toMatchObject({ status: 400 });
  });

  async function agents(query: string): Promise<readonly Record<string, unknown>[]> {
    const answer = await sandbox.get(`${STATES}?${query}`, String(token));
    return answer.json?.agentStates as Record<string, unknown>[];
  }
});

function post(path: string, body: object): Promise<HttpAnswer> {
  return sandbox.send('POST', path, JSON.stringify(body), { 'content-type': 'application/json' });
}

function states(token: unknown): Promise<HttpAnswer> {
  return sandbox.get(STATES, String(token));
}
