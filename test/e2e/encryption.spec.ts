import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, post } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { aboutAda, newPhone } from './stage.js';

const keyNamed = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [MAY, JUNE] = [keyNamed('may'), keyNamed('june')];
const KEY_SECRET = randomUUID();

let origin: ScriptedOrigin;
let redis: Redis;
const apps: TestApp[] = [];
beforeAll(async () => {
  origin = await startOrigin(aboutAda);
  redis = new Redis(sharedRedisUrl());
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});
afterAll(async () => {
  redis.disconnect();
  await origin.stop();
});

async function start(valueKeys: string): Promise<TestApp> {
  const env = { REDIS_URL: sharedRedisUrl(), KEY_SECRET, VALUE_KEYS: valueKeys, REDIS_TIMEOUT_MS: '1000' };
  const app = await startApp(declaration(origin.url), env);
  apps.push(app);
  return app;
}

const ask = async (app: TestApp, ani: string) => (await post(`${app.url}/lookup/customer`, { ani })).json;
const store = (app: TestApp, ani: string) =>
  eventually(async () => expect(await ask(app, ani)).toMatchObject({ ...ADA_ANSWER, source: 'cache' }));

/** Other tests use tenant 10001 in the same Redis, but no other test hashes with this secret. */
const keyOf = (ani: string): string =>
  `cust:customer:10001:${createHmac('sha256', KEY_SECRET).update(ani.slice(1)).digest('hex')}`;

const valueOf = async (ani: string): Promise<string> => (await redis.hget(keyOf(ani), 'v')) ?? '';

async function corruptCount(app: TestApp): Promise<number> {
  const { text } = await get(`${app.url}/metrics`);
  return Number(/^datadip_cache_errors_total\{tier="redis",kind="corrupt"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

describe('a service with VALUE_KEYS', () => {
  it('stores encrypted values and answers from them', async () => {
    const [app, ani] = [await start(MAY), newPhone()];
    await store(app, ani);
    const value = await valueOf(ani);

    expect(value).toMatch(/^[a-z0-9]+\.[a-z0-9]+~may\.[A-Za-z0-9_-]+$/);
    for (const word of [ADA.firstName, ADA.id, 'contactFound'])
      expect(Buffer.from(value.slice(value.indexOf('~may.') + 5), 'base64url').toString('latin1')).not.toContain(word);
  });

  it('answers values encrypted with an older key after a new first key', async () => {
    const ani = newPhone();
    await store(await start(MAY), ani);
    const rotated = await start(`${JUNE},${MAY}`);

    expect(await ask(rotated, ani)).toMatchObject({ ...ADA_ANSWER, source: 'cache' });
    expect(await corruptCount(rotated)).toBe(0);
  });

  it.each([
    ['encrypted with a removed key', MAY, JUNE],
    ['that is not encrypted', '', MAY],
    ['that is encrypted, when no key is configured', MAY, ''],
  ])('counts a value %s as a miss and replaces it', async (_case, before, after) => {
    const ani = newPhone();
    await store(await start(before), ani);
    const app = await start(after);

    expect(await ask(app, ani)).toMatchObject({ ...ADA_ANSWER, source: 'origin' });
    expect(await corruptCount(app)).toBe(1);
    await store(app, ani);
  });

  it('counts a value copied from another entry as a miss', async () => {
    const app = await start(MAY);
    const [source, target] = [newPhone(), newPhone()];
    for (const ani of [source, target]) await store(app, ani);
    await redis.hset(keyOf(target), 'v', await valueOf(source));

    expect(await ask(app, target)).toMatchObject({ source: 'origin' });
    expect(await corruptCount(app)).toBe(1);
  });

  describe('whose Redis another program can write', () => {
    const CUSTOMER = { customerId: ADA.id, tenantId: '10001' };

    async function invalidate(app: TestApp): Promise<void> {
      expect((await post(`${app.url}/webhook/customer-updated`, CUSTOMER)).status).toBe(200);
    }

    it('does not serve a value that was put into a later entry of its key', async () => {
      const [app, ani] = [await start(MAY), newPhone()];
      await store(app, ani);
      const before = await valueOf(ani);
      await invalidate(app);
      await store(app, ani);
      await redis.hset(keyOf(ani), 'v', before);

      expect(await ask(app, ani)).toMatchObject({ source: 'origin' });
      expect(await corruptCount(app)).toBe(1);
    });

    it('does not serve a whole entry that was put back after its invalidation, in any process', async () => {
      const [app, other, ani] = [await start(MAY), await start(MAY), newPhone()];
      await store(app, ani);
      const before = await redis.dumpBuffer(keyOf(ani));
      await invalidate(app);
      await redis.restore(keyOf(ani), 0, before);

      expect(await ask(app, ani)).toMatchObject({ source: 'origin' });
      await redis.restore(keyOf(ani), 0, before, 'REPLACE');
      expect(await ask(other, ani)).toMatchObject({ source: 'origin' });
    });

    it('does not serve a value past the lifetime for which it was sealed', async () => {
      const [app, ani] = [await start(MAY), newPhone()];
      await store(app, ani);
      const value = await valueOf(ani);
      const past = (Date.now() - 60_000).toString(36);
      await redis.hset(keyOf(ani), 'v', `${past}.${past}${value.slice(value.indexOf('~'))}`);

      expect(await ask(app, ani)).toMatchObject({ source: 'origin' });
    });
  });
});
