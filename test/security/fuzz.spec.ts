import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { StampedeGuard } from '../../src/cache/stampede-guard.js';
import { SCOPES } from '../../src/config/sections/callers.js';
import { aboutAda } from '../e2e/stage.js';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { raw } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { isOfRegion, tenantOf } from './parts/keys.js';
import { routesOf } from './parts/routes.js';
import { bodyOf, samplesOf, urlOf } from './parts/samples.js';
import { strangeRequest, type StrangeRequest } from './parts/strange-requests.js';

/** For each sample of each route: 48 requests. */
const BATCHES = 6;
const AT_A_TIME = 8;
const LOOKS_WITHIN_MS = 300_000;
/** Far more than the deadline of a dip. */
const ANSWERS_WITHIN_MS = 8000;
/** Where the contract has a 503: an identifier that no origin can be asked for is a degraded answer. */
const MAY_BE_503 = '/api/v1/profile';

const CALLERS = {
  desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: SCOPES },
  other: { apiKeys: ['key-of-other'], tenants: ['10002'], scopes: SCOPES },
};
const SUBJECT = { phone: '+15550017', email: 'ada@example.com', customerId: ADA.id, callId: 'call-1' };
const GRANT = 'grant_type=client_credentials&client_id=desk&client_secret=key-of-desk';

let redis: TestRedis;
let client: Redis;
let origin: ScriptedOrigin;
let app: TestApp;
beforeAll(async () => {
  [redis, origin] = await Promise.all([startRedis(), startOrigin(aboutAda)]);
  client = new Redis(redis.url);
  const env = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '1000', REGION: 'fuzzed' };
  app = await startApp(declaration(origin.url, { callers: CALLERS }), env);
});
afterAll(async () => {
  await app.stop();
  client.disconnect();
  await Promise.all([redis.stop(), origin.stop()]);
});

const asked = () =>
  routesOf(app.app).flatMap((route) =>
    samplesOf(route, { ...SUBJECT, eventId: randomUUID(), grant: GRANT }).map((sample) => [route, sample] as const),
  );

/** Puts something of the other tenant into the store: entries, an agent, a queue. */
async function fillOther(): Promise<void> {
  for (const [route, sample] of asked())
    if (route.method !== 'DELETE' && !route.path.startsWith('/webhook'))
      await raw(route.method, app.url + urlOf(route, sample), bodyOf(sample), { 'x-api-key': 'key-of-other' });
  // Keeping an answer happens behind it.
  await eventually(() => expect(app.app.get(StampedeGuard).runningLoads).toBe(0));
}

async function keys(): Promise<string[]> {
  const found = new Set<string>();
  for await (const some of client.scanStream({ count: 1000 })) for (const key of some as string[]) found.add(key);
  return [...found];
}

/** Everything stored of the other tenant, but for the figures that are counted now and then. */
async function ofOther(): Promise<Record<string, string>> {
  const theirs = (await keys()).filter((key) => tenantOf(key) === '10002' && !key.startsWith('agents:'));
  const dumps = theirs.sort().map(async (key) => [key, (await client.dumpBuffer(key)).toString('base64')] as const);
  return Object.fromEntries(await Promise.all(dumps));
}

const statuses = new Map<string, Set<number>>();

async function answered({ route, target, body, headers }: StrangeRequest): Promise<void> {
  const sent = { 'x-api-key': 'key-of-desk', ...headers };
  const { status, text } = await raw(route.method, app.url + target, body, sent, ANSWERS_WITHIN_MS);
  statuses.set(route.name, (statuses.get(route.name) ?? new Set()).add(status));
  const isFine = status < 500 || (status === 503 && route.path.endsWith(MAY_BE_503));
  if (!isFine) throw new Error(`${route.name}: ${status} ${text}\n${JSON.stringify(app.logs.at(-2))}`);
}

describe('whatever is sent to any route', () => {
  it(
    'is answered soon, never fails inside, and touches no other tenant',
    async () => {
      await fillOther();
      const before = await ofOther();
      for (const [route, sample] of asked()) {
        const requests = fc.array(strangeRequest(route, sample), { minLength: AT_A_TIME, maxLength: AT_A_TIME });
        const batch = async (some: StrangeRequest[]): Promise<void> => {
          await Promise.all(some.map(answered));
        };
        await fc.assert(fc.asyncProperty(requests, batch), { numRuns: BATCHES });
      }

      const owned = (await keys()).filter((key) => !isOfRegion(key));
      expect(new Set(owned.map(tenantOf))).toEqual(new Set(['10001', '10002']));
      expect(Object.keys(before).length).toBeGreaterThan(5);
      expect(await ofOther()).toEqual(before);
    },
    LOOKS_WITHIN_MS,
  );

  it('had reached every route', () => {
    expect([...statuses.keys()].sort()).toEqual(
      routesOf(app.app)
        .map(({ name }) => name)
        .sort(),
    );
    expect([...statuses.values()].filter((seen) => seen.has(200) || seen.has(202)).length).toBeGreaterThan(15);
  });
});
