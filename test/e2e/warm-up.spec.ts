import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { ADA, declaration } from '../support/declaration.js';
import { get } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

describe('a process with warm-up', () => {
  let origin: ScriptedOrigin;
  let redis: TestRedis;
  let datadip: DatadipProcess;

  beforeAll(async () => {
    origin = await startOrigin(() => ADA);
    redis = await startRedis();
    const env = { REDIS_URL: redis.url, KEY_SECRET: randomUUID(), WARM_UP: 'on' };
    datadip = await startDatadip({ yaml: declaration(origin.url), env });
  });
  afterAll(async () => {
    await datadip.stop();
    await redis.stop();
    await origin.stop();
  });

  it('reports the warm-up steps as done', async () => {
    expect(await warmUpSteps(datadip)).toMatchObject({ code: 'done', projections: 'done' });
  });

  it('calls no origin during warm-up', () => {
    expect(origin.calls).toEqual([]);
  });

  it('stores no entry during warm-up', async () => {
    const client = new Redis(redis.url);
    try {
      expect(await client.keys('cust:*')).toEqual([]);
    } finally {
      client.disconnect();
    }
  });

  it('counts no lookup and writes no access line during warm-up', async () => {
    const { text } = await get(`${datadip.url}/metrics`);
    expect(text).not.toMatch(/^datadip_lookup_total\{/m);
    expect(datadip.logs.filter(({ route }) => route === '/lookup/:name')).toEqual([]);
  });
});

describe('a process without warm-up', () => {
  it('skips the warm-up steps and becomes ready when warm-up is off', async () => {
    const datadip = await startDatadip({ yaml: declaration('http://127.0.0.1:9'), env: { WARM_UP: 'off' } });
    try {
      expect(await warmUpSteps(datadip)).toMatchObject({ code: 'skipped', projections: 'skipped' });
    } finally {
      await datadip.stop();
    }
  });
});

async function warmUpSteps({ url }: DatadipProcess): Promise<unknown> {
  const { json } = await get(`${url}/health/startup`);
  return (json as { details: { warm: { steps: unknown } } }).details.warm.steps;
}
