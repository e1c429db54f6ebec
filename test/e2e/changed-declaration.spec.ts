/** This file exceeds 220 lines because all tests share the builds, which take long to start. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { entryKey } from '../../src/contracts/entry-key.js';
import { Hmac } from '../../src/kernel/hmac.js';
import { startApp, type TestApp } from '../support/app.js';
import { declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { post, type HttpAnswer } from '../support/http.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { newPhone } from './stage.js';

/** Longer than a healthy Redis needs on a busy machine. */
const ENV = {
  REDIS_URL: sharedRedisUrl(),
  REDIS_TIMEOUT_MS: '1000',
  DEADLINE_MS: '15000',
  KEY_SECRET: `secret-${randomUUID()}`,
  REGION: `r-${randomUUID().slice(0, 8)}`,
};
const RECORD = { id: 'c-17', name: 'Ada', tier: 'Gold', orders: 7 };

const NAME = { type: 'string', from: 'name', default: '' };
const TIER = { type: 'string', from: 'tier', default: 'Standard' };
const ORDERS = { type: 'integer', from: 'orders', default: -1 };

type Fields = Record<string, Record<string, unknown>>;

/** A build of the product with one declaration, such as before and after a deployment. */
const BUILDS: Record<string, { readonly fields: Fields; readonly origin?: object; readonly cache?: object }> = {
  old: { fields: { name: NAME, tier: TIER } },
  wider: { fields: { orders: ORDERS, name: NAME, tier: TIER } },
  near: { fields: { name: NAME, tier: TIER, orders: ORDERS }, cache: { nearTtlMs: 60_000 } },
  narrower: { fields: { tier: TIER } },
  other: { fields: { name: NAME, orders: ORDERS } },
  strange: { fields: { orders: ORDERS } },
  changedFrom: { fields: { name: NAME, tier: { ...TIER, from: '$uppercase(tier)' } } },
  changedDefault: { fields: { name: NAME, tier: { ...TIER, default: 'None' }, orders: ORDERS } },
  changedType: { fields: { name: NAME, tier: TIER, orders: { ...ORDERS, type: 'string', default: '' } } },
  changedPath: { fields: { name: NAME, tier: TIER, orders: ORDERS }, origin: { query: { tel: '{ani}' } } },
};

let origin: ScriptedOrigin;
let redis: Redis;
const apps = new Map<string, TestApp>();

function fileOf(build: string): string {
  const { fields, origin: changes, cache } = BUILDS[build] ?? { fields: {} };
  const customer = {
    key: [{ input: 'ani', kind: 'phone' }],
    origin: { system: 'crm', path: '/customers', query: { phone: '{ani}' }, ...changes },
    customerId: 'id',
    fields,
    cache: { nearTtlMs: 0, ...cache },
  };
  const callers = { test: { apiKeys: ['key'], tenants: ['10001'], scopes: ['lookup', 'invalidate'] } };
  return declaration(origin.url, { lookups: { customer }, callers });
}

beforeAll(async () => {
  redis = new Redis(sharedRedisUrl());
  origin = await startOrigin(() => RECORD);
  for (const build of Object.keys(BUILDS)) apps.set(build, await startApp(fileOf(build), ENV));
});
beforeEach(() => {
  origin.answer(RECORD);
});
afterAll(async () => {
  for (const app of apps.values()) await app.stop();
  redis.disconnect();
  await origin.stop();
});

const send = (build: string, path: string, body: object): Promise<HttpAnswer> =>
  post(`${apps.get(build)?.url}${path}`, body, { 'x-api-key': 'key' });
const ask = async (build: string, ani: string): Promise<Record<string, unknown> | undefined> =>
  (await send(build, '/lookup/customer', { ani })).json;

/** The calls for one caller: an earlier test may have left a refresh of another caller. */
const callsFor = (ani: string): OriginCall[] => origin.calls.filter(({ url }) => url.endsWith(encodeURIComponent(ani)));

/** Resolves when the refresh behind an answer is stored. */
const untilFresh = (build: string, ani: string): Promise<unknown> =>
  eventually(async () => expect(await ask(build, ani)).toMatchObject({ source: 'cache', cacheHit: true }));

describe('a stored entry after a deployment that adds a field', () => {
  it('is answered as stale with the default of the field, and is loaded once behind the answers', async () => {
    const ani = newPhone();
    await ask('old', ani);
    const hold = origin.hold();
    const first = await ask('wider', ani);
    const others = await Promise.all(Array.from({ length: 20 }, () => ask('wider', ani)));
    await hold.arrived(1);
    hold.open();

    for (const answer of [first, ...others])
      expect(answer).toMatchObject({
        ...{ contactFound: true, name: 'Ada', tier: 'Gold', orders: -1 },
        ...{ source: 'stale', cacheHit: true, error: '' },
      });
    await untilFresh('wider', ani);
    expect(await ask('wider', ani)).toMatchObject({ orders: 7, source: 'cache' });
    expect(callsFor(ani)).toHaveLength(2);
  });

  it('keeps its field in the declared order of the reader', async () => {
    const ani = newPhone();
    await ask('old', ani);

    expect(Object.keys((await ask('wider', ani)) ?? {}).slice(0, 4)).toEqual([
      'contactFound',
      'orders',
      'name',
      'tier',
    ]);
  });

  it('answers processes of both versions, whose entries do not replace each other', async () => {
    const ani = newPhone();
    await ask('old', ani);
    await ask('wider', ani);
    await untilFresh('wider', ani);
    for (let round = 0; round < 5; round += 1) {
      expect(await ask('old', ani)).toMatchObject({ name: 'Ada', tier: 'Gold', source: 'cache' });
      expect(await ask('wider', ani)).toMatchObject({ name: 'Ada', orders: 7, source: 'cache' });
    }

    expect(await ask('old', ani)).not.toHaveProperty('orders');
    expect(callsFor(ani)).toHaveLength(2);
  });

  it('leaves no near copy without the field', async () => {
    const ani = newPhone();
    await ask('old', ani);
    origin.answer({ ...RECORD, orders: 8 });

    expect(await ask('near', ani)).toMatchObject({ orders: -1, source: 'stale' });
    await untilFresh('near', ani);
    expect(await ask('near', ani)).toMatchObject({ orders: 8, source: 'cache' });
  });

  it('is answered while the origin fails', async () => {
    const ani = newPhone();
    await ask('old', ani);
    origin.fail(500);
    for (let round = 0; round < 3; round += 1)
      expect(await ask('wider', ani)).toMatchObject({ name: 'Ada', orders: -1, source: 'stale', error: '' });
  });

  it('is answered when the record was not found', async () => {
    const ani = newPhone();
    origin.answer({});
    await ask('old', ani);

    expect(await ask('wider', ani)).toMatchObject({ contactFound: false, orders: -1, source: 'stale' });
  });

  it('is deleted by an event that a process of any version receives', async () => {
    for (const [stores, receives] of [
      ['old', 'wider'],
      ['wider', 'old'],
    ] as const) {
      const ani = newPhone();
      await ask(stores, ani);
      await send(receives, '/webhook/customer-updated', { customerId: 'c-17', tenantId: '10001' });
      origin.answer({ ...RECORD, name: 'Grace' });

      expect(await ask('wider', ani)).toMatchObject({ name: 'Grace', source: 'origin' });
      origin.answer(RECORD);
    }
  });
});

describe('a stored entry after a deployment that removes a field', () => {
  it('is answered as fresh without the field, and without a load', async () => {
    const ani = newPhone();
    await ask('old', ani);
    const answer = await ask('narrower', ani);

    expect(answer).toMatchObject({ contactFound: true, tier: 'Gold', source: 'cache' });
    expect(answer).not.toHaveProperty('name');
    expect(callsFor(ani)).toHaveLength(1);
  });
});

describe('a stored entry after a deployment that adds one field and removes another', () => {
  it('is answered in part, and is replaced at most once in 10 s', async () => {
    const ani = newPhone();
    await ask('old', ani);
    expect(await ask('other', ani)).toMatchObject({ name: 'Ada', orders: -1, source: 'stale' });
    await untilFresh('other', ani);
    for (let round = 0; round < 5; round += 1) {
      expect(await ask('old', ani)).toMatchObject({ name: 'Ada', tier: 'Standard', source: 'stale' });
      expect(await ask('other', ani)).toMatchObject({ name: 'Ada', orders: 7, source: 'cache' });
    }

    expect(callsFor(ani)).toHaveLength(2);
  });
});

describe('a stored entry after a deployment that changes what it holds', () => {
  it.each([
    ['the expression of a field', 'changedFrom', { tier: 'GOLD' }],
    ['the default of a field', 'changedDefault', { tier: 'Gold', orders: 7 }],
    ['the request', 'changedPath', { orders: 7 }],
    ['every field', 'strange', { orders: 7 }],
  ])('is a miss if the deployment changes %s', async (_, build, expected) => {
    const ani = newPhone();
    await ask('old', ani);

    expect(await ask(build, ani)).toMatchObject({ ...expected, source: 'origin' });
  });

  it('is a miss if the deployment changes the type of a field', async () => {
    const ani = newPhone();
    await ask('wider', ani);

    expect(await ask('changedType', ani)).toMatchObject({ source: 'origin' });
  });

  it('is a miss, counted as corrupt, if its text is no answer', async () => {
    const ani = newPhone();
    await ask('old', ani);
    const key = entryKey('customer', '10001', new Hmac(ENV.KEY_SECRET).hex(ani.slice(1)));
    expect(await redis.hset(key, 'v', '{"contactFound":true,"name":7,"tier":"Gold"}')).toBe(0);

    expect(await ask('wider', ani)).toMatchObject({ name: 'Ada', source: 'origin' });
  });
});
