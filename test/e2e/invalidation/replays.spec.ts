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

/** Bytes as they go over the wire, for whoever listens. */
interface Overheard {
  readonly body: string;
  readonly headers: Record<string, string>;
}

function signed(event: object = {}, encoding: 'hex' | 'base64' = 'hex'): Overheard {
  const body = JSON.stringify({ customerId: ADA.id, tenantId: '10001', ...event });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest(encoding);
  return { body, headers: { 'x-signature-256': `sha256=${signature}`, 'x-signature-timestamp': timestamp } };
}

describe('a signed request that is sent again, byte for byte, to two processes on one Redis', () => {
  let redis: TestRedis;
  let eyes: Redis;
  let scene: Scene;
  beforeEach(async () => {
    redis = await startRedis();
    eyes = new Redis(redis.url);
    scene = await Scene.open({ store: [redis.url, redis.url], declared: { callers: CALLERS } });
  });
  afterEach(async () => {
    await scene.stop();
    eyes.disconnect();
    await redis.stop();
  });

  const send = ({ body, headers }: Overheard, at = 0): Promise<HttpAnswer> =>
    raw('POST', `${scene.process(at).url}/webhook/customer-updated`, body, headers);
  const ask = (tenantId = '10001') => post(`${scene.process().url}/lookup/customer`, { ani: ADA.phone, tenantId }, KEY);
  const keep = async (tenantId = '10001'): Promise<void> => {
    await eventually(async () => expect((await ask(tenantId)).json).toMatchObject({ source: 'cache' }));
  };
  /** Lets so much time go by for what is remembered. */
  const age = async (ms: number): Promise<void> => {
    const marks = await eyes.keys('cust-signed:*');
    expect(marks.length).toBeGreaterThan(0);
    for (const mark of marks) await eyes.pexpire(mark, (await eyes.pttl(mark)) - ms);
  };

  it('is a duplicate, with one audit line in all', async () => {
    await keep();
    const overheard = signed();
    expect(await send(overheard)).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: false } });
    for (const at of [1, 0, 1])
      expect(await send(overheard, at)).toMatchObject({ status: 200, json: { duplicate: true } });
    expect(scene.audits).toHaveLength(1);
  });

  it('is a duplicate also when the signature is spelt otherwise', async () => {
    const { body, headers } = signed();
    const signature = headers['x-signature-256']?.slice('sha256='.length) ?? '';
    expect((await send({ body, headers })).json).toMatchObject({ duplicate: false });
    for (const other of [signature.toUpperCase(), Buffer.from(signature, 'hex').toString('base64')]) {
      const spelt = { ...headers, 'x-signature-256': `sha256=${other}` };
      expect(await send({ body, headers: spelt }, 1)).toMatchObject({ status: 200, json: { duplicate: true } });
    }
    expect(scene.audits).toHaveLength(1);
  });

  it('makes nothing be forgotten when the second it was signed in is long over', async () => {
    const overheard = signed();
    await send(overheard);
    await age(AMBIGUOUS_FOR_MS);
    expect((await send(overheard, 1)).json).toMatchObject({ duplicate: true });
    await keep();
    for (const at of [0, 1, 0]) {
      expect(await send(overheard, at)).toMatchObject({ status: 200, json: { invalidated: 0, duplicate: true } });
      expect((await ask()).json).toMatchObject({ source: 'cache' });
    }
    expect(scene.audits).toHaveLength(1);
  });

  it('begins no tombstone anew then', async () => {
    const overheard = signed({ critical: true });
    await send(overheard);
    await age(AMBIGUOUS_FOR_MS);
    await send(overheard);
    for (const index of await eyes.keys('cust-index:*')) await eyes.hdel(index, 't');
    await send(overheard, 1);
    await keep();
  });

  it('is carried out all the same while it may be about another change of the same second', async () => {
    await keep();
    const change = signed();
    expect((await send(change)).json).toMatchObject({ invalidated: 1, duplicate: false });
    await keep();
    scene.crm.marryAda();
    expect(await send(change, 1)).toMatchObject({ status: 200, json: { invalidated: 1, duplicate: true } });
    expect((await ask()).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('is carried out all the same when that other change is told late', async () => {
    const change = signed();
    await send(change);
    await keep();
    scene.crm.marryAda();
    await age(AMBIGUOUS_FOR_MS * 10);
    expect(await send(change, 1)).toMatchObject({ status: 200, json: { duplicate: true } });
    expect((await ask()).json).toMatchObject({ displayName: NEW_NAME });
  });

  it('is no duplicate of one for another tenant, named in a header', async () => {
    const body = JSON.stringify({ customerId: ADA.id });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
    const headers = { 'x-signature-256': `sha256=${signature}`, 'x-signature-timestamp': timestamp };
    await keep('10002');
    for (const tenant of ['10001', '10002'])
      expect((await send({ body, headers: { ...headers, 'x-genesys-org': tenant } })).json).toMatchObject({
        duplicate: false,
      });
    expect((await ask('10002')).json).toMatchObject({ source: 'origin' });
  });

  it('that could not be carried out is none: it is sent again and carried out', async () => {
    await keep();
    const overheard = signed();
    await eyes.call('CLIENT', 'PAUSE', '3000', 'ALL');
    expect(await send(overheard)).toMatchObject({ status: 503, json: { code: 'store_unavailable' } });
    await eventually(async () => expect((await send(overheard, 1)).json).toMatchObject({ duplicate: false }), {
      withinMs: 15_000,
    });
    expect(scene.audits).toHaveLength(1);
  });
});
