/**
 * This file exceeds 220 lines because its last test needs the statuses that the earlier tests met.
 */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { randomUUID } from 'node:crypto';
import { SCOPES } from '../../../src/config/sections/callers.js';
import { lookupRoutes } from '../../../src/contracts/lookup-route.js';
import { lookupOperations } from '../../../src/modules/profile/lookup.openapi.js';
import { Lifecycle } from '../../../src/platform/lifecycle/lifecycle.js';
import { aboutAda } from '../stage.js';
import { loadText } from '../../fixtures/config/load-text.js';
import { BAD_BODIES, BAD_CREDENTIALS, badAddresses } from '../../security/parts/failures.js';
import { routesOf, type Route } from '../../security/parts/routes.js';
import { bodyOf, samplesOf, urlOf, type Sample } from '../../security/parts/samples.js';
import { startApp, type TestApp } from '../../support/app.js';
import { ADA, declaration } from '../../support/declaration.js';
import { get, raw, type HttpAnswer } from '../../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';
import { Document } from './document.js';

const CALLERS = {
  desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: SCOPES },
  slow: { apiKeys: ['key-of-slow'], tenants: ['10001'], scopes: SCOPES, limits: { maxPerSecond: 1 } },
  asks: { apiKeys: ['key-of-asks'], tenants: ['10001'], scopes: ['lookup'] },
  runs: { apiKeys: ['key-of-runs'], tenants: ['10001'], scopes: ['operate'] },
};
/** Lookup names that look like the operation ids of other lookups and routes. */
const NAMED_LIKE_OPERATIONS = [
  'a',
  'a-by-query',
  'a-by-query-by-query',
  'query-a',
  'lookup-a',
  'lookup-query-a',
  'agent',
];
const GRANT = 'grant_type=client_credentials&client_id=desk&client_secret=key-of-desk';
const SUBJECT = { phone: '+15550017', email: 'ada@example.com', customerId: ADA.id, grant: GRANT };
const KEY = { 'x-api-key': 'key-of-desk' };

let origin: ScriptedOrigin;
let app: TestApp;
let routes: readonly Route[];
let document: Document;
/** The statuses that the tests have met, by operation id. */
const met = new Map<string, Set<number>>();

beforeAll(async () => {
  origin = await startOrigin(aboutAda);
  app = await startApp(declaration(origin.url, { callers: CALLERS }));
  routes = routesOf(app.app);
  const { text } = await get(`${app.url}/docs-json`, KEY);
  document = new Document(JSON.parse(text) as Document['json']);
});
afterAll(async () => {
  await app.stop();
  await origin.stop();
});

const samples = (): (readonly [Route, Sample])[] =>
  routes.flatMap((route) =>
    samplesOf(route, { ...SUBJECT, eventId: randomUUID(), callId: randomUUID() }).map(
      (sample) => [route, sample] as const,
    ),
  );

/** Sends a request and checks the response against the document. */
async function ask(
  { method }: Pick<Route, 'method'>,
  url: string,
  body?: string | Buffer,
  headers: Readonly<Record<string, string>> = KEY,
): Promise<HttpAnswer> {
  const answer = await raw(method, app.url + url, body, { ...headers });
  expect(document.differences(method, url, answer)).toEqual([]);
  const { operationId } = document.operationOf(method, url);
  met.set(operationId, (met.get(operationId) ?? new Set<number>()).add(answer.status));
  return answer;
}

describe('the OpenAPI document', () => {
  it('returns a document that an independent validator accepts as OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document.json) as never);
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(document.json.openapi).toBe('3.1.0');
  });

  it('describes every route of every controller with the scopes that the guard requires', () => {
    const guarded = routes.flatMap(({ method, path, scopes }): [string, string][] => {
      const names = path.includes('lookup/:name') ? ['customer', 'profile'] : [''];
      const wanted = scopes.filter((scope) => scope !== 'open').join(' ');
      return names.map((name) => [
        `${method} ${path.replace('lookup/:name', `lookup/${name}`).replaceAll(/:(\w+)/g, '{$1}')}`,
        wanted,
      ]);
    });
    const described = document.operations.map(([route, { security }]): [string, string] => [
      route,
      security.flatMap(({ oauth = [] }) => oauth).join(' '),
    ]);
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(guarded));
  });

  it('has a unique id for each operation and describes every path parameter', () => {
    const ids = document.operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [route, { parameters }] of document.operations) {
      const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(
        parameters
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name)
          .sort(),
      ).toEqual(inPath.sort());
    }
  });

  it('has unique operation ids for any names of lookups', () => {
    const text = NAMED_LIKE_OPERATIONS.map((name) => declaration(origin.url).replace('customer:', `${name}:`));
    const lookups = new Map(text.flatMap((yaml) => [...loadText(yaml).lookups]));
    const ids = Object.values(lookupOperations(lookupRoutes(lookups, new Map()))).map(({ id }) => id);
    expect(lookups.size).toBe(NAMED_LIKE_OPERATIONS.length + 1);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has only examples that match their schemas', () => {
    let examples = 0;
    for (const [, { requestBody, responses }] of document.operations) {
      const contents = [requestBody?.content ?? {}, ...Object.values(responses).map(({ content }) => content)];
      for (const { schema, example, examples: several = {} } of contents.flatMap((content) => Object.values(content))) {
        const values = [
          ...(example === undefined ? [] : [example]),
          ...Object.values(several).map(({ value }) => value),
        ];
        for (const value of values) expect(document.schemaErrors(schema, value)).toEqual([]);
        examples += values.length;
      }
    }
    expect(examples).toBeGreaterThan(20);
  });

  it('returns an identical OpenAPI document in every response', async () => {
    const [first, second] = [await get(`${app.url}/docs-json`, KEY), await get(`${app.url}/docs-json`, KEY)];
    expect(first.text).toBe(second.text);
    expect(first.headers['content-type']).toMatch(/^application\/json/);
  });
});

describe('the responses of the service match the OpenAPI document', () => {
  it('returns responses that match the OpenAPI document to valid requests on every route', async () => {
    for (const [route, sample] of [...samples(), ...samples()]) {
      const { status } = await ask(route, urlOf(route, sample), bodyOf(sample));
      expect([200, 202, 409]).toContain(status);
    }
  });

  it('returns responses that match the OpenAPI document to a claim, its confirmation and its release', async () => {
    await raw('PUT', `${app.url}/queues/q/agents/a`, '{}', KEY);
    const event = { event_id: 'e', timestamp: Date.now(), agent_id: 'a', status: 'AVAILABLE', region_source: 'eu' };
    await raw('POST', `${app.url}/events/agent-status`, JSON.stringify(event), KEY);
    const by = (name: string) => ({ method: name.split(' ')[0] ?? '' });
    const claim = await ask(by('GET /agents/available'), '/agents/available?queueId=q&callId=c');
    expect(claim.json).toMatchObject({ agentFound: true });
    const lock = JSON.stringify({ lockToken: claim.json?.lockToken, outcome: 'ended' });
    for (const [name, path] of [
      ['GET /agents/:agentId', '/agents/a'],
      ['GET /queues/:queueId/agents', '/queues/q/agents'],
    ] as const)
      expect((await ask(by(name), path)).json).toBeDefined();
    expect((await ask(by('POST /agents/:agentId/confirm'), '/agents/a/confirm', lock)).status).toBe(200);
    expect((await ask(by('POST /agents/:agentId/release'), '/agents/a/release', lock)).status).toBe(200);
    expect((await ask(by('POST /agents/:agentId/release'), '/agents/a/release', lock)).status).toBe(409);
  });

  it('returns responses that match the OpenAPI document to SNS that asks to confirm a subscription', async () => {
    const body = JSON.stringify({ Type: 'SubscriptionConfirmation', MessageId: 'm', Token: 't' });
    for (const [route, sample] of samples().filter(([{ path }]) => /webhook|events/.test(path)))
      expect((await ask(route, urlOf(route, sample), body)).json).toEqual({ ignored: true });
  });

  it('returns responses that match the OpenAPI document to an agent with more queues than the limit', async () => {
    for (let queue = 0; queue <= 200; queue++)
      await ask({ method: 'PUT' }, `/queues/q-${queue}/agents/busy`, JSON.stringify({ priorityScore: queue }));
  });

  it('returns responses that match the OpenAPI document to requests without valid credentials, scopes or tenant', async () => {
    for (const [route, sample] of samples())
      for (const headers of [
        ...BAD_CREDENTIALS,
        { 'x-api-key': 'key-of-asks' },
        { 'x-api-key': 'key-of-runs' },
        { ...KEY, 'x-genesys-org': 'x' },
      ])
        await ask(route, urlOf(route, sample), bodyOf(sample), headers);
  });

  it('returns responses that match the OpenAPI document to invalid bodies and addresses', async () => {
    for (const [route, sample] of samples()) {
      for (const body of [...BAD_BODIES, 'x'.repeat(300_000)]) await ask(route, urlOf(route, sample), body);
      await ask(route, urlOf(route, sample), '{}', { ...KEY, 'content-type': 'text/plain; charset=utf-32' });
      for (const bad of badAddresses(sample)) {
        const url = urlOf(route, bad);
        // The document does not describe the addresses of unknown lookups.
        if (!/^\/lookup\/(?!(customer|profile)(\?|$))/.test(url)) await ask(route, url, bodyOf(bad));
      }
    }
  });

  it('returns responses that match the OpenAPI document to callers above their rate limit', async () => {
    const headers = { 'x-api-key': 'key-of-slow' };
    for (const [route, sample] of samples())
      for (let again = 0; again < 3; again++) await ask(route, urlOf(route, sample), bodyOf(sample), headers);
    for (let again = 0; again < 100; again++) await ask({ method: 'POST' }, '/oauth/token', 'grant_type=none', {});
  });

  it('returns responses that match the OpenAPI document to a page of another site', async () => {
    const headers = { authorization: 'Basic YTpi', 'sec-fetch-site': 'cross-site' };
    for (const [route, sample] of samples()) await ask(route, urlOf(route, sample), bodyOf(sample), headers);
  });

  it('returns responses that match the OpenAPI document while the system of record fails', async () => {
    origin.fail(500);
    for (const [route, sample] of samples().filter(([{ path }]) => /lookup|profile/.test(path))) {
      const query = { ...sample.query, ...(sample.query === undefined ? {} : { ani: '+15559999', customerId: 'c-9' }) };
      const body = sample.body && { ...sample.body, ani: '+15559998', customerId: 'c-8' };
      const { json } = await ask(
        route,
        urlOf(route, { ...sample, query }),
        bodyOf({ ...sample, ...(body && { body }) }),
      );
      expect(json).toMatchObject({ source: 'degraded' });
    }
    origin.answer(aboutAda);
  });

  it('returns responses that match the OpenAPI document while the process stops', async () => {
    app.app.get(Lifecycle).stop();
    for (const [route, sample] of samples()) await ask(route, urlOf(route, sample), bodyOf(sample));
  });

  it('returns every documented status of every operation at least once in these tests', () => {
    const unmet = document.operations.flatMap(([route, { operationId, responses }]) => {
      const statuses = met.get(operationId) ?? new Set();
      const missing = Object.keys(responses).filter((status) => !statuses.has(Number(status)) && status !== '500');
      return missing.length === 0 ? [] : [`${route}: ${missing.join(' ')}`];
    });
    // The process was warm before the first request.
    expect(unmet).toEqual(['GET /health/startup: 503']);
  });
});
