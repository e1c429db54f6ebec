import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer, callConcurrently, metric, countOutcomes } from './parts/callers.js';
import { customerKey, openObserver, HEALTHY_STORE_ENV } from './parts/entries.js';

/** Far beyond anything this house would write: three days from now. */
const FAR_AHEAD_MS = 3 * 24 * 3_600_000;

let redis: TestRedis;
let eyes: Redis;
let origin: ScriptedOrigin;
let app: TestApp;
/** A whole entry of our own, as the product wrote it. */
let ours: Record<string, string>;
/** One customer a test: a load that goes wrong in one must not be waited for in the next. */
let ani = '15570000';
let key: string;

beforeAll(async () => {
  redis = await startRedis();
  eyes = openObserver(redis.url);
  origin = await startOrigin(() => ({ results: [ADA] }));
  app = await startApp(declaration(origin.url), { ...HEALTHY_STORE_ENV, REDIS_URL: redis.url, DEADLINE_MS: '15000' });
  await lookUpCustomer(app.url, ani);
  ours = await eventually(async () => {
    const entry = await eyes.hgetall(customerKey(ani));
    expect(entry).toHaveProperty('v');
    return entry;
  });
});
afterAll(async () => {
  await app.stop();
  eyes.disconnect();
  await origin.stop();
  await redis.stop();
});
beforeEach(() => {
  ani = `${Number(ani) + 1}`;
  key = customerKey(ani);
});
afterEach(() => origin.answer({ results: [ADA] }));

const counted = (kind: string): Promise<number> =>
  metric(app.url, `datadip_cache_errors_total{tier="redis",kind="${kind}"}`);

const withValue = (value: unknown) => () =>
  eyes.hset(key, { ...ours, v: typeof value === 'string' ? value : JSON.stringify(value) });

const withFields = (fields: Record<string, string | number>) => () => eyes.hset(key, { ...ours, ...fields });

const without =
  (...fields: string[]) =>
  async () => {
    await eyes.hset(key, ours);
    await eyes.hdel(key, ...fields);
  };

interface Strange {
  readonly what: string;
  readonly plant: () => Promise<unknown>;
  /** How it is counted; absent for what is a plain miss. */
  readonly kind?: 'corrupt' | 'foreign';
}

const whole = { ...ADA_ANSWER };

const STRANGE: readonly Strange[] = [
  { what: 'a value that is broken JSON', plant: withValue('{"contactFound":true,"customerId":'), kind: 'corrupt' },
  { what: 'a value that is no JSON', plant: withValue('hello'), kind: 'corrupt' },
  { what: 'a value that is empty', plant: withValue(''), kind: 'corrupt' },
  { what: 'a value that is a list', plant: withValue([whole]), kind: 'corrupt' },
  { what: 'a value that is null', plant: withValue('null'), kind: 'corrupt' },
  { what: 'a value with a null in it', plant: withValue({ ...whole, tier: null }), kind: 'corrupt' },
  { what: 'a value with a wrong type', plant: withValue({ ...whole, customerId: 17 }), kind: 'corrupt' },
  { what: 'a value with a field too many', plant: withValue({ ...whole, ssn: '123' }), kind: 'corrupt' },
  { what: 'a value with a field too few', plant: withValue({ contactFound: true, tier: 'Gold' }), kind: 'corrupt' },
  {
    what: 'a value with a name of every object',
    plant: withValue('{"contactFound":true,"__proto__":{}}'),
    kind: 'corrupt',
  },
  { what: 'a stale value that is broken', plant: withFields({ x: 1, v: '{"contactFound":true' }), kind: 'corrupt' },
  { what: 'a value of another format', plant: withFields({ f: '0-older', v: '{"who":"Ada"}' }) },
  { what: 'no format', plant: without('f') },
  { what: 'no value', plant: without('v') },
  { what: 'no freshness', plant: without('x') },
  { what: 'no end', plant: without('z') },
  { what: 'freshness that is no number', plant: withFields({ x: 'tomorrow' }) },
  { what: 'an end that is no number', plant: withFields({ z: 'never' }) },
  { what: 'a lease that is no number', plant: async () => eyes.hset(key, { l: 'somebody', u: 'soon' }) },
  { what: 'a count of failures that is no number', plant: async () => eyes.hset(key, { n: 'many', g: 'v' }) },
  { what: 'nothing of ours', plant: async () => eyes.hset(key, { firstName: 'Ada', updated: 17 }) },
  { what: 'a plain string', plant: async () => eyes.set(key, '{"id":"c-17"}'), kind: 'foreign' },
  { what: 'a list', plant: async () => eyes.rpush(key, 'one', 'two'), kind: 'foreign' },
  { what: 'a set', plant: async () => eyes.sadd(key, 'one', 'two'), kind: 'foreign' },
];

async function expectReplaced(): Promise<void> {
  const { status, json } = await lookUpCustomer(app.url, ani);
  expect(status).toBe(200);
  expect(json).toMatchObject({ source: 'origin', ...ADA_ANSWER, error: '' });
  await eventually(async () => expect(await eyes.hget(key, 'v')).toBe(ours.v));
  expect((await lookUpCustomer(app.url, ani)).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
  expect(await eyes.pttl(key)).toBeGreaterThan(0);
}

describe('an entry that holds', () => {
  it.each(STRANGE)('$what is a miss, and is replaced', async ({ plant, kind }) => {
    await plant();
    const calls = origin.count;
    const before = kind === undefined ? 0 : await counted(kind);
    await expectReplaced();

    expect(origin.count).toBe(calls + 1);
    if (kind !== undefined) expect(await counted(kind)).toBe(before + 1);
  });

  it('fields beside ours is served as if they were not there', async () => {
    await withFields({ firstName: 'Ada', note: 'of another house' })();

    expect((await lookUpCustomer(app.url, ani)).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
  });

  it('what it should is found also by a server that has forgotten its scripts', async () => {
    await withFields({})();
    await eyes.script('FLUSH');

    expect((await lookUpCustomer(app.url, ani)).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
  });

  it('a corrupt value costs one load, however many find it', async () => {
    await withValue('{"contactFound":')();
    const calls = origin.count;
    const hold = origin.hold();
    const waiting = callConcurrently(50, () => lookUpCustomer(app.url, ani));
    await hold.arrived(1);
    hold.open();
    const answers = await waiting;

    for (const { json } of answers) expect(json).toMatchObject({ ...ADA_ANSWER, error: '' });
    expect(Object.keys(countOutcomes(answers)).every((word) => word === 'origin:' || word === 'cache:')).toBe(true);
    expect(origin.count).toBe(calls + 1);
  });

  it.each([
    ['a lease', { l: 'somebody', u: Date.now() + FAR_AHEAD_MS }],
    ['a back-off', { e: 'origin_error', b: Date.now() + FAR_AHEAD_MS }],
  ])('%s that ends days from now keeps nobody from loading', async (_what, fields) => {
    await eyes.hset(key, { ...fields, g: 'v' });

    await expectReplaced();
  });
});
