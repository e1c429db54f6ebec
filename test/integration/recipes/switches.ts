import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox-server.js';
import { get, raw, type HttpAnswer } from '../../support/http.js';

const TABLE = '/api/now/table/customer_contact';
const LOGIN = 'grant_type=client_credentials&client_id=sandbox-oauth-client&client_secret=sandbox-oauth-secret';

describe('a vendor of the sandbox', () => {
  let sandbox: Sandbox;
  let nowMs = 0;
  beforeAll(async () => {
    sandbox = await startSandbox({ port: 0, vendors: { latencyMs: 0 }, nowMs: () => nowMs });
  });
  afterAll(() => sandbox.close());

  const address = (path: string): string => `${sandbox.url}/servicenow${path}`;
  const control = (path: string): string => `${sandbox.url}/sandbox/servicenow/${path}`;
  const logIn = async (): Promise<Record<string, string>> => {
    const { json = {} } = await raw('POST', address('/oauth_token.do'), LOGIN);
    return { authorization: `Bearer ${String(json.access_token)}` };
  };
  const ask = (headers: Record<string, string>): Promise<HttpAnswer> =>
    get(address(`${TABLE}?sysparm_limit=1&sysparm_fields=vip`), headers);

  it('ends a token after the life that the switch says', async () => {
    await raw('PUT', control('login'), '{"lifeS":3}');
    const headers = await logIn();
    nowMs += 2999;
    expect((await ask(headers)).status).toBe(200);
    nowMs += 1;
    expect((await ask(headers)).status).toBe(401);
  });

  it('ends all tokens on demand', async () => {
    const headers = await logIn();
    expect((await raw('DELETE', control('tokens'))).json).toEqual({ revoked: 1 });
    expect((await ask(headers)).status).toBe(401);
  });

  it('counts the calls of the API and of the login apart', async () => {
    await raw('DELETE', control('stats'));
    await ask(await logIn());
    const { json } = await get(control('stats'));
    expect(json).toMatchObject({ calls: 1, byRoute: { [TABLE]: 1, [`${TABLE}/:id`]: 0 } });
    expect(json).toMatchObject({ login: { calls: 1, byRoute: { '/oauth_token.do': 1 } } });
  });

  it('fails in the words of the vendor, and with `Retry-After`, as the switches demand', async () => {
    await raw('PUT', control('behaviour'), '{"failureRate":1,"failureStatus":429,"retryAfterS":7}');
    const { status, headers, json } = await ask(await logIn());
    await raw('DELETE', control('behaviour'));
    expect([status, headers['retry-after'], json]).toMatchObject([
      429,
      '7',
      { error: { message: 'Rate limit exceeded' } },
    ]);
  });

  it('refuses an unknown path, another method and a body that is too long', async () => {
    expect(await get(address('/api/now/v9'))).toMatchObject({ status: 404, json: { status: 'failure' } });
    expect((await raw('DELETE', address(TABLE))).status).toBe(405);
    expect((await raw('POST', address('/oauth_token.do'), 'x'.repeat(20_000))).status).toBe(413);
  });
});
