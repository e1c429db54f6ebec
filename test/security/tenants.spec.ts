import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { SCOPES } from '../../src/config/sections/callers.js';
import { aboutAda } from '../e2e/stage.js';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { raw, type HttpAnswer } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { isOfRegion, tenantOf } from './parts/keys.js';
import { routesOf, type Route } from './parts/routes.js';
import { bodyOf, samplesOf, urlOf, type Sample } from './parts/samples.js';

const OWN = '10001';
const OTHER = '10002';
const CALLERS = { desk: { apiKeys: ['key-of-desk'], tenants: [OWN], scopes: SCOPES } };
const GRANT = 'grant_type=client_credentials&client_id=desk&client_secret=key-of-desk';
const SUBJECT = { phone: '+15550017', email: 'ada@example.com', customerId: ADA.id, callId: 'call-1', grant: GRANT };

/** Spellings that one parser may read as the other tenant, and another parser not. */
const SPELLINGS = [
  ...[OTHER, ` ${OTHER} `, `${OTHER}\u0000`, `${OTHER}\r\nX-Genesys-Org: ${OTHER}`, `${OWN},${OTHER}`, `{${OTHER}}`],
  // Full-width digits, which some normalizations convert; a zero-width joiner; a superscript digit.
  ...[
    '\uff11\uff10\uff10\uff10\uff12',
    `1\u200d0002`,
    '1000\u00b2',
    `${OWN}}:{${OTHER}`,
    `${OWN}:${OTHER}`,
    '*',
    '__proto__',
  ],
];

let redis: TestRedis;
let client: Redis;
let origin: ScriptedOrigin;
let app: TestApp;
beforeAll(async () => {
  [redis, origin] = await Promise.all([startRedis(), startOrigin(aboutAda)]);
  client = new Redis(redis.url);
  const env = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '1000' };
  app = await startApp(declaration(origin.url, { callers: CALLERS }), env);
});
afterAll(async () => {
  await app.stop();
  client.disconnect();
  await Promise.all([redis.stop(), origin.stop()]);
});

type Change = (sample: Sample, word: string) => Sample;

/** The places of a tenant id in a request, apart from the header. */
const PLACES: readonly (readonly [string, Change])[] = [
  ['the query', (sample, word) => ({ ...sample, query: { ...sample.query, tenantId: word } })],
  ['the body', (sample, word) => ({ ...sample, body: { ...sample.body, tenantId: word, tenant_id: word } })],
  [
    'a list in the body',
    (sample, word) => ({ ...sample, body: { ...sample.body, tenantId: [word], tenant_id: [word] } }),
  ],
  [
    'an object',
    (sample, word) => ({ ...sample, body: { ...sample.body, tenantId: { toString: word }, tenant_id: { id: word } } }),
  ],
  [
    'the prototype',
    (sample, word) => ({ ...sample, body: { ...sample.body, ['__proto__']: { tenantId: word, tenant_id: word } } }),
  ],
];

const routes = (): readonly (readonly [Route, Sample])[] =>
  routesOf(app.app).flatMap((route) =>
    samplesOf(route, { ...SUBJECT, eventId: randomUUID() }).map((sample) => [route, sample] as const),
  );

const send = (route: Route, url: string, body: string | undefined): Promise<HttpAnswer> =>
  raw(route.method, app.url + url, body, { 'x-api-key': 'key-of-desk' });

/** Expects that only keys of the own tenant exist, and that no answer is a server error. */
async function expectOnlyOwnKeys(answers: readonly HttpAnswer[]): Promise<void> {
  expect(answers.length).toBeGreaterThan(20);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  const keys = (await client.keys('*')).filter((key) => !isOfRegion(key));
  expect(new Set(keys.map(tenantOf))).toEqual(new Set([OWN]));
}

describe('a caller of one tenant', () => {
  it.each(PLACES)('reaches no other tenant by any spelling in %s', async (_place, change) => {
    const answers: HttpAnswer[] = [];
    for (const [route, sample] of routes())
      for (const word of SPELLINGS) {
        const changed = change(sample, word);
        answers.push(await send(route, urlOf(route, changed), bodyOf(changed)));
      }
    await expectOnlyOwnKeys(answers);
  });

  it('reaches no other tenant by two tenants in the query', async () => {
    const answers: HttpAnswer[] = [];
    for (const [route, sample] of routes())
      for (const both of [
        `tenantId=${OWN}&tenantId=${OTHER}`,
        `tenantId[]=${OTHER}`,
        `tenantId[0]=${OTHER}`,
        `__proto__[tenantId]=${OTHER}`,
      ]) {
        const url = urlOf(route, sample);
        answers.push(await send(route, `${url}${url.includes('?') ? '&' : '?'}${both}`, bodyOf(sample)));
      }
    await expectOnlyOwnKeys(answers);
  });
});
