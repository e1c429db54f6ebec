import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { get, raw } from '../../support/http.js';
import { eventually } from '../../support/eventually.js';
import { API_KEY, Desktop, userId } from './desktop.js';

const UNKNOWN = 'a-token-that-the-platform-never-issued';
const FIVE_MINUTES_MS = 300_000;

let desktop: Desktop;

beforeAll(async () => {
  desktop = await Desktop.open();
});
afterEach(async () => {
  await desktop.control('DELETE', 'behaviour');
  await desktop.control('PUT', 'behaviour', { latencyMs: 0, callsPerMinute: null });
});
afterAll(() => desktop.stop());

/** How many checks the work causes. */
async function checksOf(work: () => Promise<unknown>): Promise<number> {
  const before = await desktop.checks();
  await work();
  return (await desktop.checks()) - before;
}

describe('a check that gives no verdict', () => {
  it.each([
    ['refuses connections', { refuse: true }, '2'],
    ['answers 500', { failureRate: 1, failureStatus: 500 }, '2'],
    ['answers 503', { failureRate: 1, failureStatus: 503 }, '2'],
    ['answers 429 with Retry-After', { failureRate: 1, failureStatus: 429, retryAfterS: 7 }, '7'],
    ['answers HTML', { failureRate: 1, failureStatus: 502, failureBody: 'html' }, '2'],
    ['ends in the middle of its answer', { closeHalfway: true }, '2'],
  ])('is 503 and no verdict if the platform %s', async (_case, switches, retryAfter) => {
    const token = await desktop.token(2);
    await desktop.control('PUT', 'behaviour', switches);
    const refused = await desktop.profile(token);
    expect(refused).toMatchObject({ status: 503, json: { code: 'platform_unavailable' } });
    expect(refused.headers['retry-after']).toBe(retryAfter);
    await desktop.control('PUT', 'behaviour', { refuse: false, failureRate: 0, closeHalfway: false });
    desktop.passMs(8000);
    expect(await desktop.profile(token)).toMatchObject({ status: 200 });
  });

  it('is 503 within 2 s if the platform hangs, for every request that waits for it', async () => {
    const token = await desktop.token(3);
    await desktop.control('PUT', 'behaviour', { hang: true });
    const answers = await Promise.all([1, 2, 3].map(() => desktop.profile(token)));
    for (const { status, json, elapsedMs } of answers) {
      expect([status, json?.code]).toEqual([503, 'platform_unavailable']);
      expect(elapsedMs).toBeLessThan(2000);
    }
  });

  it('does not pause the lookups of the client if the platform limits users', async () => {
    await desktop.control('PUT', 'behaviour', { failureRate: 1, failureStatus: 429, retryAfterS: 60 });
    const tokens = await Promise.all([4, 5, 6, 7, 8].map((agent) => desktop.token(agent)));
    for (const token of tokens) expect(await desktop.profile(token)).toMatchObject({ status: 503 });
    await desktop.control('PUT', 'behaviour', { failureRate: 0 });
    const { text } = await get(`${desktop.app.url}/metrics`, { 'x-api-key': API_KEY });
    expect(text).toMatch(/^datadip_origin_paused\{system="genesys"\} 0$/m);
    expect(await desktop.profile(await desktop.token(9))).toMatchObject({ status: 200 });
  });
});

describe('a token that the platform refuses', () => {
  it('is 401, and is asked about once in a minute', async () => {
    const checks = await checksOf(async () => {
      for (let n = 0; n < 3; n++)
        expect(await desktop.profile(UNKNOWN)).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
    });
    expect(checks).toBe(1);
    desktop.passMs(60_000);
    expect(await checksOf(() => desktop.profile(UNKNOWN))).toBe(1);
  });

  it('is 401 if it belongs to a client and to no user', async () => {
    const basic = `Basic ${Buffer.from('sandbox-client:sandbox-secret').toString('base64')}`;
    const { json } = await raw('POST', `${desktop.sandbox.url}/oauth/token`, 'grant_type=client_credentials', {
      authorization: basic,
    });
    expect(await desktop.profile(String(json?.access_token))).toMatchObject({ status: 401 });
  });

  it('is 401 if the user was deleted', async () => {
    const token = await desktop.token(11);
    await raw('PUT', `${desktop.sandbox.url}/sandbox/agents/11`, JSON.stringify({ state: 'deleted' }));
    expect(await desktop.profile(token)).toMatchObject({ status: 401 });
  });

  it('is 403 if its user belongs to another organization', async () => {
    const token = await desktop.token(12, 2);
    const checks = await checksOf(async () => {
      for (let n = 0; n < 2; n++)
        expect(await desktop.profile(token)).toMatchObject({ status: 403, json: { code: 'wrong_organization' } });
    });
    expect(checks).toBe(1);
  });

  it('is 401 at the next check after the platform has revoked it', async () => {
    const token = await desktop.token(13);
    expect(await desktop.profile(token)).toMatchObject({ status: 200 });
    await desktop.control('DELETE', 'user-tokens/13');
    expect(await desktop.profile(token)).toMatchObject({ status: 200 });
    desktop.passMs(FIVE_MINUTES_MS);
    expect(await desktop.profile(token)).toMatchObject({ status: 401 });
  });

  it('is dropped behind an answer when the renewal after 4 min gets 401', async () => {
    const token = await desktop.token(14);
    expect(await desktop.profile(token)).toMatchObject({ status: 200 });
    await desktop.control('DELETE', 'user-tokens/14');
    desktop.passMs(240_000);
    expect(await desktop.profile(token)).toMatchObject({ status: 200 });
    await eventually(async () => expect(await desktop.profile(token)).toMatchObject({ status: 401 }));
  });
});

describe('a token that the platform accepts', () => {
  it('is asked about once for concurrent and for later requests', async () => {
    const token = await desktop.token(20);
    const checks = await checksOf(async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => desktop.profile(token)));
      for (const { status, json } of answers) expect([status, json?.customerId]).toEqual([200, 'c-17']);
      expect(await desktop.profile(token)).toMatchObject({ status: 200 });
    });
    expect(checks).toBe(1);
  });

  it('is served from the memory for 5 min while the platform does not answer, and then 503', async () => {
    const token = await desktop.token(21);
    expect(await desktop.profile(token)).toMatchObject({ status: 200 });
    await desktop.control('PUT', 'behaviour', { refuse: true });
    desktop.passMs(FIVE_MINUTES_MS - 1000);
    expect(await desktop.profile(token)).toMatchObject({ status: 200 });
    desktop.passMs(1000);
    expect(await desktop.profile(token)).toMatchObject({ status: 503, json: { code: 'platform_unavailable' } });
  });

  it('gives the rights of its caller and no others', async () => {
    const token = await desktop.token(22);
    expect(await desktop.ask('/lookup/customer', token, { ani: '+15550017' })).toMatchObject({ status: 200 });
    expect(await desktop.ask('/lookup/secret', token, { customerId: 'c-17' })).toMatchObject({
      ...{ status: 403, json: { code: 'wrong_lookup' } },
    });
    expect(await desktop.profile(token, { 'x-genesys-org': '20002' })).toMatchObject({
      ...{ status: 403, json: { code: 'wrong_tenant' } },
    });
    const headers = { authorization: `Bearer ${token}` };
    expect(await get(`${desktop.app.url}/metrics`, headers)).toMatchObject({ json: { code: 'wrong_scope' } });
  });

  it('leaves a keyed hash of the user in the audit line, and neither id nor token in any line', async () => {
    const [token, again, other] = [await desktop.token(23), await desktop.token(23), await desktop.token(24)];
    const ids = ['audit-23', 'audit-23-again', 'audit-24'];
    for (const [n, used] of [token, again, other].entries())
      await desktop.profile(used, { 'x-request-id': ids[n] ?? '' });
    const users = await eventually(() => {
      const lines = ids.map((id) => desktop.app.logs.find((line) => line.audit === 'dip' && line.requestId === id));
      expect(lines).toEqual(lines.map(() => expect.objectContaining({ caller: 'desktop' })));
      return Promise.resolve(lines.map((line) => line?.user));
    });
    expect(users[0]).toMatch(/^[0-9a-f]{24}$/);
    expect(users[1]).toBe(users[0]);
    expect(users[2]).not.toBe(users[0]);
    const all = JSON.stringify(desktop.app.logs);
    for (const secret of [token, again, other, userId(23), userId(24)]) expect(all).not.toContain(secret);
  });

  it('has a limit per user, which leaves the other users alone', async () => {
    const [one, sameUser, other] = [await desktop.token(25), await desktop.token(25), await desktop.token(26)];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => desktop.profile(n % 2 === 0 ? one : sameUser)),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(10);
    for (const { headers, json } of refused)
      expect([headers['retry-after'], json?.title]).toEqual(['1', 'user rate limit exceeded']);
    expect(await desktop.profile(other)).toMatchObject({ status: 200 });
  });

  it('counts its checks by outcome', async () => {
    const { text } = await get(`${desktop.app.url}/metrics`, { 'x-api-key': API_KEY });
    for (const outcome of ['accepted', 'refused', 'wrong_organization', 'unavailable'])
      expect(text).toMatch(new RegExp(`^datadip_user_token_checks_total\\{outcome="${outcome}"\\} [1-9]`, 'm'));
  });
});
