import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../support/certificate.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { ADA, ADA_ANSWER, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { lookUpCustomer, metric } from './parts/callers.js';
import { customerKey, HEALTHY_STORE_ENV } from './parts/entries.js';

let redis: TestRedis;
let origin: ScriptedOrigin;
let observer: Redis;
let datadip: DatadipProcess | undefined;

beforeAll(async () => {
  redis = await startRedis({ tls: true });
  observer = new Redis(redis.url, { tls: { ca: await readFile(redis.caFile ?? '') } });
});
afterAll(async () => {
  observer.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  origin = await startOrigin(() => ({ results: [ADA] }));
});
afterEach(async () => {
  await datadip?.stop();
  await origin.stop();
});

async function start(caFile: string): Promise<string> {
  const env = { REDIS_URL: redis.url, NODE_EXTRA_CA_CERTS: caFile, ...HEALTHY_STORE_ENV };
  datadip = await startDatadip({ yaml: declaration(origin.url), env });
  return datadip.url;
}

it('a process stores its entries over TLS with a private certificate authority', async () => {
  const url = await start(redis.caFile ?? '');
  expect((await lookUpCustomer(url, '15550017')).json).toMatchObject({ source: 'origin', ...ADA_ANSWER });

  await eventually(async () => expect(await observer.hexists(customerKey('15550017'), 'v')).toBe(1));
  expect((await lookUpCustomer(url, '15550017')).json).toMatchObject({ source: 'cache', ...ADA_ANSWER });
  expect((await get(`${url}/health/ready`)).text).not.toContain('degraded');
});

it('a process treats a Redis with an untrusted certificate as unavailable', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'datadip-tls-'));
  const { caFile } = await makeCertificate(dir);
  const url = await start(caFile);
  const calls = origin.count;
  for (let at = 0; at < 3; at += 1) {
    expect((await lookUpCustomer(url, '15550018')).json).toMatchObject({ source: 'origin', ...ADA_ANSWER });
  }

  expect(origin.count).toBe(calls + 3);
  expect(await observer.exists(customerKey('15550018'))).toBe(0);
  const ready = await get(`${url}/health/ready`);
  expect(ready.status).toBe(200);
  expect(ready.text).toContain('degraded');
  expect(await metric(url, 'datadip_cache_errors_total{tier="redis",kind="connection"}')).toBeGreaterThan(0);
  await rm(dir, { recursive: true });
});
