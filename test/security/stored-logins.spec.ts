import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { SCOPES } from '../../src/config/sections/callers.js';
import { aboutAda } from '../e2e/stage.js';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { get, raw, type HttpAnswer } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { routesOf } from './parts/routes.js';
import { bodyOf, samplesOf, urlOf } from './parts/samples.js';

const APPS = 'https://apps.mypurecloud.com';
const CALLERS = { desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: SCOPES } };
const STORED = { authorization: `Basic ${Buffer.from('desk:key-of-desk').toString('base64')}` };
const GRANT = 'grant_type=client_credentials&client_id=desk&client_secret=key-of-desk';

type Headers = Record<string, string>;

let origin: ScriptedOrigin;
let app: TestApp;
beforeAll(async () => {
  origin = await startOrigin(aboutAda);
  app = await startApp(declaration(origin.url, { callers: CALLERS }), { CORS_ORIGINS: APPS });
});
afterAll(async () => {
  await app.stop();
  await origin.stop();
});

/** Sends a request that each route accepts, with these headers. */
async function askAll(headers: Headers): Promise<(readonly [route: string, answer: HttpAnswer])[]> {
  const answers: (readonly [string, HttpAnswer])[] = [];
  const subject = { phone: '+15550017', email: 'ada@example.com', customerId: ADA.id, grant: GRANT };
  for (const route of routesOf(app.app)) {
    const [sample = {}] = samplesOf(route, { ...subject, eventId: randomUUID(), callId: randomUUID() });
    answers.push([route.name, await raw(route.method, app.url + urlOf(route, sample), bodyOf(sample), headers)]);
  }
  return answers;
}

describe('a stored login', () => {
  it.each<Headers>([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'anything' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { referer: 'https://evil.example/page' },
  ])('refuses a stored login on every route when another site uses it: %j', async (headers) => {
    const before = origin.count;
    const answers = await askAll({ ...STORED, ...headers });
    expect(answers.length).toBeGreaterThan(20);
    for (const [route, { status, json }] of answers)
      expect([route, status, json?.code]).toEqual([route, 403, 'cross_site']);
    expect(origin.count).toBe(before);
  });

  it.each<Headers>([
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site', origin: APPS },
  ])('accepts a stored login from its own site, the address bar and a declared origin: %j', async (headers) => {
    for (const [route, { status }] of await askAll({ ...STORED, ...headers }))
      if (route !== 'POST /oauth/token') expect([route, [200, 202, 409].includes(status)]).toEqual([route, true]);
  });

  it('accepts a stored login from a page of the service over plain HTTP', async () => {
    const { host } = new URL(app.url);
    for (const headers of [{ origin: app.url }, { referer: `${app.url}/docs` }, { origin: `http://${host}` }])
      expect((await get(`${app.url}/docs-json`, { ...STORED, ...headers })).status).toBe(200);
  });

  it('accepts a key and a token from another site', async () => {
    const { json } = await raw('POST', `${app.url}/oauth/token`, GRANT);
    const shown = [{ 'x-api-key': 'key-of-desk' }, { authorization: `Bearer ${String(json?.access_token)}` }];
    for (const credentials of shown) {
      const { status } = await get(`${app.url}/docs-json`, { ...credentials, 'sec-fetch-site': 'cross-site' });
      expect(status).toBe(200);
    }
  });
});
