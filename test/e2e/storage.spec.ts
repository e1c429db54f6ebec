import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { startApp } from '../support/app.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { post } from '../support/http.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { onStage } from './stage.js';

/** Long enough that a busy machine does not look like an unreachable Redis. */
const REDIS_TIMEOUT_MS = '1000';
const KEY_SECRET = `secret-${randomUUID()}`;
/** No other test uses this tenant, so every key with its name belongs to this file. */
const TENANT: string = randomUUID();
const EMAIL = 'grace.hopper@example.com';
const ID = 'customer-4711';
const PHONE = '15550001';
const RECORD_ID = 'crm-record-0815';

const CALLERS = { every: { apiKeys: ['key-of-every'], tenants: ['*'], scopes: ['lookup'] } };
const TTL_MS = 60_000;
const STALE_MS = 120_000;

const stage = onStage({ callers: CALLERS, cache: { ttlMs: TTL_MS, staleMs: STALE_MS } }, () => ({
  REDIS_URL: sharedRedisUrl(),
  KEY_SECRET,
  REDIS_TIMEOUT_MS,
}));

let redis: Redis;
beforeAll(() => {
  redis = new Redis(sharedRedisUrl());
});
afterAll(() => {
  redis.disconnect();
});

const keyed = (identity: string): string => createHmac('sha256', KEY_SECRET).update(identity).digest('hex');
const ask = (inputs: Record<string, unknown>, lookup = 'customer', tenant = TENANT) =>
  stage.ask(inputs, { lookup, headers: { 'x-api-key': 'key-of-every', 'x-genesys-org': tenant } });

/** Resolves when the entry is stored. */
async function store(inputs: Record<string, unknown>, lookup = 'customer', tenant = TENANT): Promise<void> {
  await eventually(async () => {
    expect((await ask(inputs, lookup, tenant)).json).toMatchObject({ source: 'cache' });
  });
}

async function keysOfTenant(): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of redis.scanStream({ match: `*${TENANT}*`, count: 1000 })) keys.push(...(page as string[]));
  return keys.toSorted();
}

describe('an entry', () => {
  it('stores an entry as a hash under lookup, tenant and the keyed hash of the digits', async () => {
    await store({ ani: '+1 555 0001' });

    expect(await redis.type(`cust:customer:${TENANT}:${keyed(PHONE)}`)).toBe('hash');
  });

  it('stores an entry of tenant 10001 under the documented key', async () => {
    await store({ ani: `tel:+${PHONE}` }, 'customer', '10001');

    expect(await redis.exists(`cust:customer:10001:${keyed(PHONE)}`)).toBe(1);
  });

  it('stores an entry under the normalized e-mail address or the trimmed id', async () => {
    await store({ email: ` ${EMAIL.toUpperCase()}` });
    await store({ customerId: ` ${ID} ` }, 'profile');

    expect(await redis.exists(`cust:customer:${TENANT}:${keyed(EMAIL)}`)).toBe(1);
    expect(await redis.exists(`cust:profile:${TENANT}:${keyed(ID)}`)).toBe(1);
  });

  it('expires an entry after TTL plus stale time, less at most a tenth of the TTL', async () => {
    await store({ ani: '15550002' });
    const lifeMs = await redis.pttl(`cust:customer:${TENANT}:${keyed('15550002')}`);

    expect(lifeMs).toBeLessThanOrEqual(TTL_MS + STALE_MS);
    expect(lifeMs).toBeGreaterThan(TTL_MS * 0.9 + STALE_MS - 20_000);
  });

  it('stores the declared fields and no other data of the record', async () => {
    stage.origin.answer({ results: [{ ...ADA, ssn: '078-05-1120', address: 'St James Square' }] });
    await store({ ani: '15550003' });
    const stored = await redis.hgetall(`cust:customer:${TENANT}:${keyed('15550003')}`);

    const values = Object.values(stored).filter((text) => text.startsWith('{'));
    expect(values.map((text) => JSON.parse(text) as unknown)).toEqual([ADA_ANSWER]);
    for (const never of ['078-05', 'St James', '15550003', 'firstName', 'accountTier'])
      expect(JSON.stringify(stored)).not.toContain(never);
  });

  it('replaces the value that another application wrote under the key of an entry', async () => {
    const key = `cust:customer:${TENANT}:${keyed('15550004')}`;
    await redis.set(key, 'foreign', 'EX', 60);

    expect((await ask({ ani: '15550004' })).json).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
    await store({ ani: '15550004' });
  });

  it('loads a damaged entry again', async () => {
    const key = `cust:customer:${TENANT}:${keyed('15550005')}`;
    await store({ ani: '15550005' });
    for (const [name, text] of Object.entries(await redis.hgetall(key)))
      if (text.startsWith('{')) await redis.hset(key, name, '{"contactFound":true,"customerId":null}');

    expect((await ask({ ani: '15550005' })).json).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
    await store({ ani: '15550005' });
  });

  it('shares an entry with a process of the same secret and with no other', async () => {
    const ani = '15550006';
    await store({ ani });
    const sourceIn = async (secret: string): Promise<unknown> => {
      const yaml = declaration(stage.origin.url, { callers: CALLERS });
      const other = await startApp(yaml, { REDIS_URL: sharedRedisUrl(), KEY_SECRET: secret, REDIS_TIMEOUT_MS });
      const headers = { 'x-api-key': 'key-of-every', 'x-genesys-org': TENANT };
      const { json } = await post(`${other.url}/lookup/customer`, { ani }, headers);
      await other.stop();
      return json?.source;
    };

    expect(await sourceIn(KEY_SECRET)).toBe('cache');
    expect(await sourceIn(`another-${KEY_SECRET}`)).toBe('origin');
  });
});

describe('the stored keys', () => {
  beforeAll(async () => {
    await store({ ani: PHONE });
    await store({ email: EMAIL });
    await store({ customerId: ID }, 'profile');
    stage.origin.answer({ results: [] });
    await store({ ani: '15550007' });
    stage.origin.fail(500);
    await ask({ ani: '15550008' });
  });

  it('uses only the documented key patterns', async () => {
    const keys = await keysOfTenant();
    const entries = keys.filter((key) => key.startsWith('cust:'));

    expect(entries.length).toBeGreaterThanOrEqual(5);
    for (const key of entries) expect(key).toMatch(new RegExp(`^cust:(customer|profile):${TENANT}:[0-9a-f]{64}$`));
    for (const key of keys) expect(key).toMatch(/^(cust:|cust-index:\{|cust-stamp:\{|cust-event:\{)/);
  });

  it('stores no key without an expiry, even for failures and unknown callers', async () => {
    for (const key of await keysOfTenant()) expect([key, await redis.pttl(key)]).not.toEqual([key, -1]);
  });

  it('stores no identifier and no guessable hash in a key', async () => {
    const keys = (await keysOfTenant()).join(' ');
    const bare = [PHONE, `+${PHONE}`, EMAIL, ID].map((text) => createHash('sha256').update(text).digest('hex'));

    for (const never of [PHONE, EMAIL, ID, 'Ada', 'Lovelace', ...bare]) expect(keys).not.toContain(never);
  });
});

describe('the log', () => {
  it('logs no phone number, address, id, name, secret or entry key', async () => {
    stage.origin.answer({ results: [{ ...ADA, id: RECORD_ID }] });
    await ask({ ani: '15550009' });
    await ask({ ani: '15550009', email: EMAIL, tenantId: 'a:b' });
    await stage.get(`/lookup/customer?ani=${PHONE}&email=${EMAIL}`);
    const log = JSON.stringify(stage.app.logs);

    expect(stage.app.logs.length).toBeGreaterThan(5);
    for (const never of [
      PHONE,
      '15550009',
      EMAIL,
      'grace',
      ID,
      RECORD_ID,
      'Ada',
      'Lovelace',
      KEY_SECRET,
      'key-of-every',
    ])
      expect(log).not.toContain(never);
    // Only the keyed hash remains: an auditor who holds the key can identify the customer.
    const withoutEntryHash = log.replaceAll(/"entry":"[0-9a-f]{64}"/g, '');
    expect(/[0-9a-f]{64}|\?|%2B/.exec(withoutEntryHash)?.[0]).toBeUndefined();
  });
});
