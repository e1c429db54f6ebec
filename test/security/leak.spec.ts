/** This file exceeds 220 lines because its tests search for the same planted values. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.js';
import { loadText } from '../fixtures/config/load-text.js';
import { startApp } from '../support/app.js';
import { startDatadip } from '../support/datadip-process.js';
import { eventually } from '../support/eventually.js';
import { post } from '../support/http.js';
import { Haystack } from './parts/haystack.js';
import { BROKEN, EVERYTHING, leakYaml, LeakScene, SECRET_ENV } from './parts/leak-scene.js';
import { aboutPerson, BAD_BODIES, BAD_CREDENTIALS, badAddresses, FAILURES } from './parts/failures.js';
import { routesOf, type Route } from './parts/routes.js';
import { bodyOf, samplesOf, signed, urlOf, type Sample } from './parts/samples.js';
import { CALL, KEYS, PERSON, SENT } from './parts/secrets.js';

const GRANT = `grant_type=client_credentials&client_id=desk&client_secret=${KEYS.apiKey}`;
const SUBJECT = { ...PERSON, eventId: SENT.eventId, ...CALL, grant: GRANT };
/** The errors that the fixture can throw inside a request. */
const BUGS = [
  'message',
  'lines',
  'fields',
  'code',
  'type',
  'cause',
  'axios',
  'http',
  'gateway',
  'text',
  'object',
  'bare',
];
const RUN_WITHIN_MS = 300_000;

const seen = new Haystack();
const statuses = new Set<number>();
let scene: LeakScene;
let routeSamples: readonly (readonly [Route, Sample])[];

beforeAll(async () => {
  const routes = await routesOfService();
  scene = await LeakScene.open(seen);
  routeSamples = routes.flatMap((route) => samplesOf(route, SUBJECT).map((sample) => [route, sample] as const));
  await sendValidRequests();
  await sendInvalidRequests();
  await sendWhileOriginFails();
  await sendWithInternalErrors();
  await sendWithoutRedis();
  await scene.datadip.stop();
  scene.collectOutput();
}, RUN_WITHIN_MS);
afterAll(() => scene.stop());

async function routesOfService(): Promise<readonly Route[]> {
  const app = await startApp(leakYaml('http://127.0.0.1:9'), SECRET_ENV);
  const routes = routesOf(app.app);
  await app.stop();
  return routes;
}

async function sendValidRequests(): Promise<void> {
  scene.origin.answer(aboutPerson);
  const [last, first] = [routeSamples.filter(isLast), routeSamples.filter((sample) => !isLast(sample))];
  // Each request is sent twice: agents join before a claim, and events are repeated.
  for (const [route, sample] of [...first, ...first, ...dips(), ...dips()]) await send(route, sample);
  await eventually(async () => expect((await cached()).json).toMatchObject({ source: 'cache' }));
  await scene.collectRedis();
  for (const [route, sample] of last) await send(route, sample);
  const [hook] = routeSamples.filter(([{ path }]) => path === '/webhook/customer-updated');
  const body = JSON.stringify({ ...hook?.[1].body, tenantId: '10001' });
  statuses.add((await scene.ask('POST', '/webhook/customer-updated', body, signed(KEYS.hmacSecret, body))).status);
  await scene.collectMetrics();
}

const isLast = ([{ method }]: readonly [Route, Sample]): boolean => method === 'DELETE';
const dips = () => routeSamples.filter(([{ path }]) => /lookup|profile/.test(path));
const cached = () =>
  scene.ask('POST', '/lookup/customer', JSON.stringify({ ani: PERSON.phone }), { 'x-api-key': KEYS.apiKey });

async function send(route: Route, sample: Sample, headers?: Record<string, string>): Promise<void> {
  statuses.add((await scene.askRoute(route, sample, headers)).status);
}

async function sendInvalidRequests(): Promise<void> {
  const key = { 'x-api-key': KEYS.apiKey };
  for (const [route, sample] of routeSamples) {
    const bodies = route.method === 'GET' ? BAD_BODIES.slice(0, 3) : BAD_BODIES;
    await Promise.all([
      ...BAD_CREDENTIALS.map((headers) => send(route, sample, headers)),
      ...badAddresses(sample).map((bad) => send(route, bad)),
      ...bodies.map(async (body) =>
        statuses.add((await scene.ask(route.method, urlOf(route, sample), body, key)).status),
      ),
      send(
        route,
        { ...sample, body: {}, form: bodyOf(sample) ?? '{}' },
        { ...key, 'content-encoding': SENT.badText.slice(-8) },
      ),
    ]);
  }
  for (const path of [
    `/${encodeURIComponent(SENT.badText)}`,
    `/lookup/%E0%A4%A?ani=${PERSON.digits}`,
    `/agents/%ZZ${PERSON.digits}`,
  ])
    statuses.add((await scene.ask('GET', path, undefined, key)).status);
  await scene.collectRedis();
}

/** Sends each request with a new identifier, so that no stored entry answers it. */
async function sendWhileOriginFails(): Promise<void> {
  let times = 0;
  for (const [, fail] of FAILURES) {
    await fail(scene.origin);
    await Promise.all(dips().map(([route, sample]) => send(route, renamed(sample, (times += 1)))));
  }
  await scene.collectRedis();
  await scene.origin.listen();
  scene.origin.answer(aboutPerson);
}

function renamed({ params, query, body }: Sample, times: number): Sample {
  const rename = (inputs?: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.entries(inputs ?? {}).map(([name, value]) => [
        name,
        name === 'ani' ? `${String(value)}${times}` : `x${times}-${String(value)}`,
      ]),
    );
  return {
    ...(params && { params }),
    ...(query && { query: rename(query) }),
    ...(body && { body: rename(body) }),
  };
}

async function sendWithInternalErrors(): Promise<void> {
  for (const [route, { params, query, body }] of dips()) {
    for (const bug of BUGS) {
      const sample = {
        ...(params && { params }),
        ...(query && { query: { ...query, break: bug } }),
        ...(body && { body: { ...body, break: bug } }),
      };
      expect((await scene.askRoute(route, sample)).status).toBe(bug === 'http' ? 400 : bug === 'gateway' ? 502 : 500);
    }
  }
}

async function sendWithoutRedis(): Promise<void> {
  await scene.redis.kill();
  scene.collectCommands();
  for (const [route, sample] of routeSamples) await send(route, sample);
  await scene.collectMetrics();
}

describe('the visible data of a service after requests and failures of every kind', () => {
  it.each([
    'output',
    'metrics',
    'keys',
    'values',
    'commands',
    'error bodies',
    'degraded answers',
    'headers',
    'all bodies',
    'trials with values',
  ])('shows no secret or personal data in the %s after requests and failures of every kind', (where) => {
    expect(seen.sizeOf(where)).toBeGreaterThan(400);
    expect(scene.findsIn(where)).toEqual([]);
  });

  it('covers every kind of request and failure before the search', () => {
    for (const where of ['keys', 'commands'])
      expect(seen.search({ entry: 'cust:customer:10001:' }, where)).not.toEqual([]);
    expect(seen.search({ message: `publish datadip:${scene.name}` }, 'commands')).not.toEqual([]);
    expect([...statuses].sort()).toEqual([200, 202, 400, 401, 403, 404, 409, 413, 503]);
    expect(
      scene.datadip.logs.filter(({ msg }) => msg === 'request failed with an internal error').length,
    ).toBeGreaterThan(BUGS.length);
    expect(scene.datadip.logs).toContainEqual(expect.objectContaining({ msg: 'audit' }));
    expect(scene.datadip.logs).toContainEqual(expect.objectContaining({ msg: 'job failed', job: 'sweep agents' }));
  });
});

describe('a service that leaks', () => {
  it('detects a leak of plain values in Redis and its commands, and of secrets in the output', async () => {
    const leaking = await LeakScene.open(new Haystack(), { VALUE_KEYS: '' });
    try {
      leaking.origin.answer(aboutPerson);
      const key = { 'x-api-key': KEYS.apiKey };
      await leaking.ask('POST', '/lookup/customer', JSON.stringify({ ani: PERSON.phone, break: 'aloud' }), key);
      await eventually(async () => {
        await leaking.collectRedis();
        expect(leaking.findsIn('values')).toContainEqual(expect.objectContaining({ mark: 'lastName' }));
      });
      leaking.collectCommands();
      leaking.collectOutput();
      expect(leaking.findsIn('commands')).toContainEqual(expect.objectContaining({ mark: 'lastName' }));
      expect(new Set(leaking.findsIn('output').map(({ mark }) => mark))).toEqual(new Set(Object.keys(EVERYTHING)));
    } finally {
      await leaking.stop();
    }
  });
});

describe('the output of a crashing process', () => {
  it.each(['crash-lines', 'crash-axios', 'crash-cause', 'crash-object', 'rejection'])(
    'writes no secret or personal data after a %s',
    async (how) => {
      const env = { ...SECRET_ENV, SECRETS: Object.values(EVERYTHING).join('\n    at '), LOG_LEVEL: 'trace' };
      const datadip = await startDatadip({
        entry: BROKEN,
        yaml: leakYaml('http://127.0.0.1:9'),
        env,
        waitFor: 'listening',
      });
      const broken = { ani: PERSON.phone, break: how };
      await post(`${datadip.url}/lookup/customer`, broken, { 'x-api-key': KEYS.apiKey }).catch(() => undefined);

      expect(await datadip.exited).toMatchObject({ code: 1 });
      expect(datadip.output).toContain('uncaught');
      expect(findsIn(datadip.output)).toEqual([]);
    },
  );
});

describe('a process that does not start', () => {
  const origin = 'http://127.0.0.1:9';
  const BAD_ENV = {
    KEY_SECRET: 'short',
    VALUE_KEYS: KEYS.valueKey,
    REDIS_URL: `redis://:${KEYS.redisPassword}@there:port`,
  };
  const misspelt = leakYaml(origin).replaceAll('token:', 'tokne:').replaceAll('apiKeys:', 'apiKey:');

  it.each([
    ['invalid variables and secrets under wrong names', misspelt, BAD_ENV, 78],
    ['a port in use', leakYaml(origin), {}, 1],
  ])('shows no secret when the start fails for %s', async (_case, yaml, bad, code) => {
    const env = { NODE_ENV: 'production', ...SECRET_ENV, ...bad, PORT: new URL(scene.origin.url).port };
    const datadip = await startDatadip({ yaml, env, waitFor: 'exit' });

    expect(await datadip.exited).toMatchObject({ code });
    expect(datadip.output).not.toBe('');
    expect(findsIn(datadip.output)).toEqual([]);
  });

  it.each([
    ['in wrong places', `${leakYaml(origin)}secrets: [ "\${HOOK_SECRET}", "${KEYS.apiKey}" ]\n`],
    ['of the wrong kind', leakYaml(origin).replace('hmacSecrets:', `hmacSecrets: ${KEYS.hmacSecret}\n    x:`)],
    ['in an address', leakYaml(`http://desk:${KEYS.originToken}@127.0.0.1:9/?key=${KEYS.apiKey}`)],
    ['in a file that is not YAML', `callers: { desk: { apiKeys: [ ${KEYS.apiKey}\n  - : "`],
  ])('reports misplaced secrets without their values: %s', (_case, yaml) => {
    const message = configErrorOf(() => loadText(yaml, SECRET_ENV));
    expect(message).not.toBe('');
    expect(findsIn(message)).toEqual([]);
  });
});

/** Returns the text that `main` writes when it refuses the configuration. */
function configErrorOf(load: () => unknown): string {
  try {
    load();
    return '';
  } catch (error) {
    return error instanceof ConfigError ? error.message : '';
  }
}

function findsIn(output: string) {
  const haystack = new Haystack();
  haystack.add('output', output);
  return haystack.search(EVERYTHING);
}
