import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type SecureVersion } from 'node:tls';
import { aboutAda } from '../e2e/stage.js';
import { makeCertificate, type Certificate } from '../support/certificate.js';
import { startDatadip, type DatadipProcess } from '../support/datadip-process.js';
import { ADA_ANSWER, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { post } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

/** The most permissive TLS settings of Node: Datadip itself must refuse the old version. */
const LAX = { NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0' };
const OLD: SecureVersion = 'TLSv1.1';
const MINIMUM: SecureVersion = 'TLSv1.2';

let dir: string;
let certificate: Certificate;
let redis: TestRedis;
let origin: ScriptedOrigin;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'datadip-transport-'));
  [certificate, redis, origin] = await Promise.all([makeCertificate(dir), startRedis(), startOrigin(aboutAda)]);
});
afterAll(async () => {
  await Promise.all([redis.stop(), origin.stop(), rm(dir, { recursive: true })]);
});

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface TlsProxy {
  readonly port: number;
  readonly dialled: number;
  /** Connections that sent data after the handshake, so the client accepted the certificate. */
  readonly trusted: number;
}

/** Accepts one version of TLS and forwards the plain bytes to the server behind it. */
async function startTlsProxy(url: string, version: SecureVersion): Promise<TlsProxy> {
  const [cert, key] = await Promise.all([readFile(certificate.certFile), readFile(certificate.keyFile)]);
  const sockets = new Set<net.Socket>();
  let [dialled, trusted] = [0, 0];
  const options = { cert, key, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
  const server = tls.createServer(options, (outside) => {
    outside.once('data', () => (trusted += 1));
    const inside = net.connect(Number(new URL(url).port), '127.0.0.1');
    for (const socket of [outside, inside]) sockets.add(socket.on('error', () => undefined));
    outside.pipe(inside).pipe(outside);
  });
  server.on('connection', (socket: net.Socket) => {
    dialled += 1;
    sockets.add(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    get dialled() {
      return dialled;
    },
    get trusted() {
      return trusted;
    },
  };
}

async function start(yaml: string, env: Record<string, string>): Promise<DatadipProcess> {
  const trust = { NODE_EXTRA_CA_CERTS: certificate.caFile, REDIS_TIMEOUT_MS: '1000' };
  const datadip = await startDatadip({ yaml, env: { ...trust, ...env }, waitFor: 'listening' });
  ends.push(() => datadip.stop());
  return datadip;
}

const ask = ({ url }: DatadipProcess) => post(`${url}/lookup/customer`, { ani: '+15550017' });

/** Expects more than one connection to the proxy and no data on any of them. */
async function expectNoTrust(server: TlsProxy): Promise<void> {
  await eventually(() => expect(server.dialled).toBeGreaterThan(1));
  expect(server.trusted).toBe(0);
}

it('accepts TLS 1.1 in the test proxy, so that a refusal comes from Datadip', async () => {
  const { port } = await startTlsProxy(origin.url, OLD);
  const ca = await readFile(certificate.caFile);
  const socket = tls.connect({ port, host: '127.0.0.1', ca, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
  await once(socket, 'secureConnect');
  expect(socket.getProtocol()).toBe(OLD);
  socket.destroy();
});

const REFUSED: readonly (readonly [string, SecureVersion, Record<string, string>])[] = [
  ['with TLS 1.1', OLD, LAX],
  ['with an untrusted certificate', MINIMUM, { NODE_EXTRA_CA_CERTS: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
];

describe('an origin', () => {
  const behind = ({ port }: TlsProxy): string => declaration(`https://127.0.0.1:${port}`);

  it('calls an origin with TLS 1.2', async () => {
    const datadip = await start(behind(await startTlsProxy(origin.url, MINIMUM)), LAX);
    expect((await ask(datadip)).json).toMatchObject({ source: 'origin', ...ADA_ANSWER });
  });

  it.each(REFUSED)('sends nothing to an origin %s, even with a permissive environment', async (_case, version, env) => {
    const server = await startTlsProxy(origin.url, version);
    const datadip = await start(behind(server), env);
    expect((await ask(datadip)).json).toMatchObject({ source: 'degraded', error: 'origin_error' });
    await expectNoTrust(server);
  });
});

describe('a Redis', () => {
  const behind = ({ port }: TlsProxy) => ({ REDIS_URL: `rediss://127.0.0.1:${port}` });

  it('uses a Redis with TLS 1.2', async () => {
    const datadip = await start(declaration(origin.url), {
      ...LAX,
      ...behind(await startTlsProxy(redis.url, MINIMUM)),
    });
    await eventually(async () => expect((await ask(datadip)).json).toMatchObject({ source: 'cache' }));
  });

  it.each(REFUSED)('sends nothing to a Redis %s, even with a permissive environment', async (_case, version, env) => {
    const server = await startTlsProxy(redis.url, version);
    const datadip = await start(declaration(origin.url), { ...env, ...behind(server) });
    expect((await ask(datadip)).json).toMatchObject({ source: 'origin', ...ADA_ANSWER });
    await expectNoTrust(server);
  });
});
