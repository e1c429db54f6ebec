import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis as Client } from 'ioredis';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate, type Certificate } from '../support/certificate.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, post } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, startRedisCluster, type TestCluster } from '../support/redis-server.js';
import { lookUpCustomer } from './parts/callers.js';
import { HEALTHY_STORE_ENV } from './parts/entries.js';

const PHONES = Array.from({ length: 30 }, (_, at) => `1555500${1000 + at}`);

let origin: ScriptedOrigin;
let datadip: DatadipProcess | undefined;

beforeEach(async () => {
  origin = await startOrigin(({ url }) => ({ results: [{ ...ADA, id: url }] }));
});
afterEach(async () => {
  await datadip?.stop();
  await origin.stop();
});

async function start(url: string, env: Record<string, string> = {}): Promise<DatadipProcess> {
  datadip = await startDatadip({
    yaml: declaration(origin.url),
    env: { REDIS_URL: url, ...HEALTHY_STORE_ENV, ...env },
  });
  return datadip;
}

/** Entries on all nodes are hit, and an invalidation succeeds. */
async function expectServed({ url }: DatadipProcess): Promise<void> {
  await eventually(async () => {
    const answers = await Promise.all(PHONES.map((ani) => lookUpCustomer(url, ani)));
    expect(answers.filter(({ headers }) => headers['x-cache'] === 'HIT')).toHaveLength(PHONES.length);
  });
  expect((await post(`${url}/webhook/customer-updated`, { customerId: 'c-17', tenantId: '10001' })).status).toBe(200);
  expect((await get(`${url}/health/ready`)).text).not.toContain('degraded');
}

describe('a cluster with one address in REDIS_URL', () => {
  it('is used as a cluster, and a line at start says so', async () => {
    const cluster = await startRedisCluster();
    try {
      const started = await start(cluster.urls[0] ?? '');
      await expectServed(started);
      const clients = cluster.urls.map((url) => new Client(url));
      for (const client of clients) expect((await client.keys('cust:*')).length).toBeGreaterThan(0);
      for (const client of clients) client.disconnect();
      expect(started.logs.map(({ msg }) => msg)).toContain('Redis is a cluster: all of its nodes are used');
    } finally {
      await datadip?.stop();
      await cluster.stop();
    }
  });
});

describe('a cluster with TLS', () => {
  let dir: string;
  let certificate: Certificate;
  let cluster: TestCluster;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'datadip-tls-'));
    certificate = await makeCertificate(dir, 'DNS:localhost');
    const args = ['--tls-cluster', 'yes', '--tls-replication', 'yes', '--cluster-announce-hostname', 'localhost'];
    cluster = await startRedisCluster({ tls: certificate, args });
  }, 120_000);
  afterAll(async () => {
    await cluster.stop();
    await rm(dir, { recursive: true });
  });

  const urls = (): string[] => cluster.nodes.map(({ port }) => `rediss://localhost:${port}`);

  async function announce(endpoint: 'ip' | 'hostname'): Promise<void> {
    const tls = { ca: await readFile(certificate.caFile), servername: 'localhost' };
    const clients = cluster.nodes.map(({ port }) => new Client(port, '127.0.0.1', { tls }));
    for (const client of clients) await client.config('SET', 'cluster-preferred-endpoint-type', endpoint);
    for (const client of clients) client.disconnect();
  }

  it.each([
    ['hostname', 'all host names', () => urls().join()],
    ['hostname', 'one host name', () => urls()[0] ?? ''],
    ['ip', 'one host name', () => urls()[0] ?? ''],
  ] as const)('whose nodes announce their %s is used by %s', async (endpoint, _what, url) => {
    await announce(endpoint);
    await expectServed(await start(url(), { NODE_EXTRA_CA_CERTS: certificate.caFile }));
  });

  it('is not used under a name that its certificate lacks, and the log says so', async () => {
    const url = cluster.nodes.map(({ port }) => `rediss://127.0.0.1:${port}`).join();
    const started = await start(url, { NODE_EXTRA_CA_CERTS: certificate.caFile });
    await eventually(() =>
      expect(started.logs).toContainEqual(
        expect.objectContaining({
          code: 'ERR_TLS_CERT_ALTNAME_INVALID',
          reason: 'TLS certificate is for another host name',
        }),
      ),
    );
  });
});

it('a process whose Redis requires no password logs what ioredis prints as JSON', async () => {
  const server = await startRedis();
  try {
    const started = await start(server.url.replace('://', '://:needless@'));
    await eventually(() =>
      expect(started.logs.map(({ msg }) => msg)).toContain('Redis requires no password, but REDIS_URL has one'),
    );
    for (const line of started.output.split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  } finally {
    await datadip?.stop();
    await server.stop();
  }
});
