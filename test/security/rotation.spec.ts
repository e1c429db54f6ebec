import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { declaration } from '../support/declaration.js';
import { post, raw } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { aboutAda } from '../e2e/stage.js';
import { signed } from './parts/samples.js';

interface Secrets {
  readonly apiKeys: readonly string[];
  readonly hmacSecrets: readonly string[];
}

const KEY_SECRET = randomUUID();
const [OLD, NEW] = ['key-of-yesterday', 'key-of-tomorrow'];
const [OLD_SECRET, NEW_SECRET] = ['secret-of-yesterday', 'secret-of-tomorrow'];

let origin: ScriptedOrigin;
const apps: TestApp[] = [];
beforeEach(async () => {
  origin = await startOrigin(aboutAda);
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
  await origin.stop();
});

/** Starts the service again with these secrets in its configuration file. */
async function restart(secrets: Secrets): Promise<TestApp> {
  const caller = { ...secrets, tenants: ['10001'], scopes: ['lookup', 'invalidate'] };
  const other = { apiKeys: ['key-of-another'], tenants: ['10001'], scopes: ['lookup'] };
  const app = await startApp(declaration(origin.url, { callers: { caller, other } }), { KEY_SECRET });
  apps.push(app);
  return app;
}

const dip = async ({ url }: TestApp, headers: Record<string, string>): Promise<number> =>
  (await post(`${url}/lookup/customer`, { ani: '+15550017' }, headers)).status;
const withKey = (app: TestApp, key: string): Promise<number> => dip(app, { 'x-api-key': key });
const withToken = (app: TestApp, token: string): Promise<number> => dip(app, { authorization: `Bearer ${token}` });

async function tokenFor({ url }: TestApp, key: string): Promise<string> {
  const grant = `grant_type=client_credentials&client_id=caller&client_secret=${key}`;
  return String((await raw('POST', `${url}/oauth/token`, grant)).json?.access_token);
}

async function withSignature({ url }: TestApp, secret: string): Promise<number> {
  const body = JSON.stringify({ customerId: randomUUID() });
  return (await raw('POST', `${url}/webhook/customer-updated`, body, signed(secret, body))).status;
}

describe('a rotation of secrets', () => {
  it('accepts old and new secrets of a caller during a rotation, and refuses the old ones afterwards', async () => {
    const before = await restart({ apiKeys: [OLD], hmacSecrets: [OLD_SECRET] });
    const token = await tokenFor(before, OLD);
    const during = await restart({ apiKeys: [NEW, OLD], hmacSecrets: [NEW_SECRET, OLD_SECRET] });
    for (const app of [before, during]) {
      expect([await withKey(app, OLD), await withToken(app, token), await withSignature(app, OLD_SECRET)]).toEqual([
        200, 200, 200,
      ]);
    }
    expect([await withKey(during, NEW), await withSignature(during, NEW_SECRET)]).toEqual([200, 200]);

    const after = await restart({ apiKeys: [NEW], hmacSecrets: [NEW_SECRET] });
    const newToken = await tokenFor(during, NEW);
    expect([
      await withKey(after, NEW),
      await withToken(after, newToken),
      await withSignature(after, NEW_SECRET),
    ]).toEqual([200, 200, 200]);
    expect([await withKey(after, OLD), await withToken(after, token), await withSignature(after, OLD_SECRET)]).toEqual([
      401, 401, 401,
    ]);
  });
});
