import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer, callConcurrently, metric, countOutcomes } from './parts/callers.js';
import { customerKey, openObserver, HEALTHY_STORE_ENV } from './parts/entries.js';

/** Later than any time that Datadip writes: three days from now. */
const FAR_AHEAD_MS = 3 * 24 * 3_600_000;

let redis: TestRedis;
let observer: Redis;
let origin: ScriptedOrigin;
let app: TestApp;
/** A complete entry that Datadip wrote. */
let validFields: Record<string, string>;
/** Each test uses a new customer, so that no test waits for a failed load of another test. */
let ani = '15570000';
let key: string;

beforeAll(async () => {
  redis = await startRedis();
  observer = openObserver(redis.url);
  origin = await startOrigin(() => ({ results: [ADA] }));
  app = await startApp(declaration(origin.url), { ...HEALTHY_STORE_ENV, REDIS_URL: redis.url, DEADLINE_MS: '15000' });
  await lookUpCustomer(app.url, ani);
  validFields = await eventually(async () => {
    const entry = await observer.hgetall(customerKey(ani));
    expect(entry).toHaveProperty('v');
    return entry;
  });
});
afterAll(async () => {
  await app.stop();
  observer.disconnect();
  await origin.stop();
  await redis.stop();
});
beforeEach(() => {
  ani = `${Number(ani) + 1}`;
  key = customerKey(ani);
});
afterEach(() => origin.answer({ results: [ADA] }));

const countedErrors = (kind: string): Promise<number> =>
  metric(app.url, `datadip_cache_errors_total{tier="redis",kind="${kind}"}`);

const withValue = (value: unknown) => () =>
  observer.hset(key, { ...validFields, v: typeof value === 'string' ? value : JSON.stringify(value) });

const withFields = (fields: Record<string, string | number>) => () => observer.hset(key, { ...validFields, ...fields });

const without =
  (...fields: string[]) =>
  async () => {
    await observer.hset(key, validFields);
    await observer.hdel(key, ...fields);
  };

interface StrangeEntry {
  readonly content: string;
  readonly plant: () => Promise<unknown>;
  /** The kind under which the entry is counted. `undefined` means a normal miss. */
  readonly kind?: 'corrupt' | 'foreign';
}

const validAnswer = { ...ADA_ANSWER };

const STRANGE_ENTRIES: readonly StrangeEntry[] = [
  { content: 'a value that is broken JSON', plant: withValue('{"contactFound":true,"customerId":'), kind: 'corrupt' },
  { content: 'a value that is no JSON', plant: withValue('hello'), kind: 'corrupt' },
  { content: 'a value that is empty', plant: withValue(''), kind: 'corrupt' },
  { content: 'a value that is a list', plant: withValue([validAnswer]), kind: 'corrupt' },
  { content: 'a value that is null', plant: withValue('null'), kind: 'corrupt' },
  { content: 'a value with a null in it', plant: withValue({ ...validAnswer, tier: null }), kind: 'corrupt' },
  { content: 'a value with a wrong type', plant: withValue({ ...validAnswer, customerId: 17 }), kind: 'corrupt' },
  { content: 'a value with an unknown field', plant: withValue({ ...validAnswer, ssn: '123' }), kind: 'corrupt' },
  {
    content: 'a value without a required field',
    plant: withValue({ contactFound: true, tier: 'Gold' }),
    kind: 'corrupt',
  },
  {
    content: 'a value with the key __proto__',
    plant: withValue('{"contactFound":true,"__proto__":{}}'),
    kind: 'corrupt',
  },
  { content: 'a stale value that is broken', plant: withFields({ x: 1, v: '{"contactFound":true' }), kind: 'corrupt' },
  { content: 'a value of another format', plant: withFields({ f: '0-older', v: '{"who":"Ada"}' }) },
  { content: 'no format', plant: without('f') },
  { content: 'no value', plant: without('v') },
  { content: 'no freshness', plant: without('x') },
  { content: 'no expiry', plant: without('z') },
  { content: 'freshness that is no number', plant: withFields({ x: 'tomorrow' }) },
  { content: 'an expiry that is no number', plant: withFields({ z: 'never' }) },
  { content: 'a lease that is no number', plant: async () => observer.hset(key, { l: 'other', u: 'soon' }) },
  { content: 'a count of failures that is no number', plant: async () => observer.hset(key, { n: 'many', g: 'v' }) },
  { content: 'only foreign fields', plant: async () => observer.hset(key, { firstName: 'Ada', updated: 17 }) },
  { content: 'a plain string', plant: async () => observer.set(key, '{"id":"c-17"}'), kind: 'foreign' },
  { content: 'a list', plant: async () => observer.rpush(key, 'one', 'two'), kind: 'foreign' },
  { content: 'a set', plant: async () => observer.sadd(key, 'one', 'two'), kind: 'foreign' },
];

async function expectReplaced(): Promise<void> {
  const { status, json } = await lookUpCustomer(app.url, ani);
  expect(status).toBe(200);
  expect(json).toMatchObject({ source: 'origin', ...ADA_ANSWER, error: '' });
  await eventually(async () => expect(await observer.hget(key, 'v')).toBe(validFields.v));
  expect((await lookUpCustomer(app.url, ani)).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
  expect(await observer.pttl(key)).toBeGreaterThan(0);
}

describe('an unexpected entry', () => {
  it.each(STRANGE_ENTRIES)('an entry with $content is a miss, and is replaced', async ({ plant, kind }) => {
    await plant();
    const calls = origin.count;
    const before = kind === undefined ? 0 : await countedErrors(kind);
    await expectReplaced();

    expect(origin.count).toBe(calls + 1);
    if (kind !== undefined) expect(await countedErrors(kind)).toBe(before + 1);
  });

  it('an entry with additional fields is returned without them', async () => {
    await withFields({ firstName: 'Ada', note: 'of another application' })();

    expect((await lookUpCustomer(app.url, ani)).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
  });

  it('an entry is found by a Redis server that has lost its scripts', async () => {
    await withFields({})();
    await observer.script('FLUSH');

    expect((await lookUpCustomer(app.url, ani)).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
  });

  it('a corrupt entry causes one load, even if 50 callers read it', async () => {
    await withValue('{"contactFound":')();
    const calls = origin.count;
    const hold = origin.hold();
    const pending = callConcurrently(50, () => lookUpCustomer(app.url, ani));
    await hold.arrived(1);
    hold.open();
    const answers = await pending;

    for (const { json } of answers) expect(json).toMatchObject({ ...ADA_ANSWER, error: '' });
    expect(Object.keys(countOutcomes(answers)).every((word) => word === 'origin:' || word === 'cache:')).toBe(true);
    expect(origin.count).toBe(calls + 1);
  });

  it.each([
    ['a lease', { l: 'other', u: Date.now() + FAR_AHEAD_MS }],
    ['a backoff', { e: 'origin_error', b: Date.now() + FAR_AHEAD_MS }],
  ])('%s that ends days from now blocks no load', async (_state, fields) => {
    await observer.hset(key, { ...fields, g: 'v' });

    await expectReplaced();
  });
});
