import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { Redis } from 'ioredis';
import { AMBIGUOUS_FOR_MS } from '../../../src/modules/invalidation/signed-requests.js';
import { eventually } from '../../support/eventually.js';
import { post, raw, type HttpAnswer } from '../../support/http.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { ADA, NEW_NAME } from './crm.js';
import { Scene } from './scene.js';

const SECRET = 'the secret of the crm';
const KEY = { 'x-api-key': 'key-of-the-desk' };
const CALLERS = {
  crm: { hmacSecrets: [SECRET], tenants: ['*'], scopes: ['invalidate'] },
  desk: { apiKeys: [KEY['x-api-key']], tenants: ['10001', '10002'], scopes: ['lookup', 'operate'] },
};

/** The bytes of a signed request, which an attacker could record. */
interface RecordedRequest {
  readonly body: string;
  readonly headers: Record<string, string>;
}

function signed(event: object = {}, encoding: 'hex' | 'base64' = 'hex'): RecordedRequest {
  const body = JSON.stringify({ customerId: ADA.id, tenantId: '10001', ...event });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest(encoding);
  return { body, headers: { 'x-signature-256': `sha256=${signature}`, 'x-signature-timestamp': timestamp } };
}

describe('a repeated signed request to two processes on one Redis', () => {
  let redis: TestRedis;
  let observer: Redis;
  let scene: Scene;
  beforeEach(async () => {
    redis = await startRedis();
    observer = new Redis(redis.url);
    scene = await Scene.open({ store: [redis.url, redis.url], declared: { callers: CALLERS } });
  });
  afterEach(async () => {
    await scene.stop();
    observer.disconnect();
    await redis.stop();
  });

  const send = ({ body, headers }: RecordedRequest, at = 0): Promise<HttpAnswer> =>
    raw('POST', `${scene.process(at).url}/webhook/customer-updated`, body, headers);
  const ask = (tenantId = '10001') => post(`${scene.process().url}/lookup/customer`, { ani: ADA.phone, tenantId }, KEY);
  const untilStored = async (tenantId = '10001'): Promise<void> => {
    await eventually(async () => expect((await ask(tenantId)).json).toMatchObject({ source: 'cache' }));
  };
  /** Makes every stored request older. */
  const age = async (ms: number): Promise<void> => {
    const keys = await observer.keys('cust-signed:*');
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) await observer.pexpire(key, (await observer.pttl(key)) - ms);
  };

  it('a repeated signed request is a duplicate, and writes no audit line', async () => {
    await untilStored();
    const recorded = signed();
    expect(await send(recorded)).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: false } });
    for (const at of [1, 0, 1])
      expect(await send(recorded, at)).toMatchObject({ status: 200, json: { duplicate: true } });
    expect(scene.audits).toHaveLength(1);
  });

  it('a repeated signed request is a duplicate if its signature has another encoding', async () => {
    const { body, headers } = signed();
    const signature = headers['x-signature-256']?.slice('sha256='.length) ?? '';
    expect((await send({ body, headers })).json).toMatchObject({ duplicate: false });
    for (const other of [signature.toUpperCase(), Buffer.from(signature, 'hex').toString('base64')]) {
      const encoded = { ...headers, 'x-signature-256': `sha256=${other}` };
      expect(await send({ body, headers: encoded }, 1)).toMatchObject({ status: 200, json: { duplicate: true } });
    }
    expect(scene.audits).toHaveLength(1);
  });

  it('a signed request invalidates nothing after its first late repetition', async () => {
    const recorded = signed();
    await send(recorded);
    await age(AMBIGUOUS_FOR_MS);
    expect((await send(recorded, 1)).json).toMatchObject({ duplicate: true });
    await untilStored();
    for (const at of [0, 1, 0]) {
      expect(await send(recorded, at)).toMatchObject({ status: 200, json: { invalidated: 0, duplicate: true } });
      expect((await ask()).json).toMatchObject({ source: 'cache' });
    }
    expect(scene.audits).toHaveLength(1);
  });

  it('a critical request begins no tombstone after its first late repetition', async () => {
    const recorded = signed({ critical: true });
    await send(recorded);
    await age(AMBIGUOUS_FOR_MS);
    await send(recorded);
    for (const index of await observer.keys('cust-index:*')) await observer.hdel(index, 't');
    await send(recorded, 1);
    await untilStored();
  });

  it('an early repetition is processed, because it may report another change of the same second', async () => {
    await untilStored();
    const change = signed();
    expect((await send(change)).json).toMatchObject({ invalidated: 1, duplicate: false });
    await untilStored();
    scene.crm.renameAda();
    expect(await send(change, 1)).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: true } });
    expect((await ask()).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('the first late repetition is processed, because another change of the same second may arrive late', async () => {
    const change = signed();
    await send(change);
    await untilStored();
    scene.crm.renameAda();
    await age(AMBIGUOUS_FOR_MS * 10);
    expect(await send(change, 1)).toMatchObject({ status: 200, json: { duplicate: true } });
    expect((await ask()).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('a signed request is no duplicate of a request for another tenant in the header', async () => {
    const body = JSON.stringify({ customerId: ADA.id });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
    const headers = { 'x-signature-256': `sha256=${signature}`, 'x-signature-timestamp': timestamp };
    await untilStored('10002');
    for (const tenant of ['10001', '10002'])
      expect((await send({ body, headers: { ...headers, 'x-genesys-org': tenant } })).json).toMatchObject({
        duplicate: false,
      });
    expect((await ask('10002')).json).toMatchObject({ source: 'origin' });
  });

  it('a repeated signed request is processed if the first request failed', async () => {
    await untilStored();
    const recorded = signed();
    await observer.call('CLIENT', 'PAUSE', '3000', 'ALL');
    expect(await send(recorded)).toMatchObject({ status: 503, json: { code: 'store_unavailable' } });
    await eventually(async () => expect((await send(recorded, 1)).json).toMatchObject({ duplicate: false }), {
      withinMs: 15_000,
    });
    expect(scene.audits).toHaveLength(1);
  });
});
