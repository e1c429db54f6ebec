/** This file exceeds 220 lines because its tests share one certificate authority and one driver. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { IncomingMessage, Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { ForwardProxies } from '../../src/config/sections/forward-proxies.js';
import type { TlsConfig } from '../../src/config/sections/systems/tls-config.js';
import { readForwardProxies, PROXY_VARIABLES } from '../../src/config/sections/forward-proxies.js';
import { Variables } from '../../src/config/environment/variables.js';
import { OriginFailure } from '../../src/kernel/errors.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { LoginClient } from '../../src/origins/auth/internal/login-client.js';
import { StaticAuth } from '../../src/origins/auth/static-auth.js';
import { HttpDriver } from '../../src/origins/http/http-driver.js';
import { loginRoute, systemRoute } from '../../src/origins/http/route.js';
import { OriginMetrics } from '../../src/origins/origin.metrics.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.js';
import { makeCertificate, makeClientCertificate, type Certificate } from '../support/certificate.js';
import { TestForwardProxy } from '../support/forward-proxy.js';
import { startOrigin } from '../support/origin.js';
import { listenPrivately } from '../support/private-port.js';

const NAME = 'crm.test';
const TIMEOUT_MS = 5000;
const PASSWORD = 'p@ss:w%rd';

let dir: string;
let certificate: Certificate;
let other: Certificate;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'datadip-routes-'));
  certificate = await makeCertificate(dir, `IP:127.0.0.1, DNS:localhost, DNS:${NAME}`);
  other = await makeCertificate(await mkdtemp(join(dir, 'other-')));
});
afterAll(() => rm(dir, { recursive: true }));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const text = (file: string): Promise<string> => readFile(file, 'utf8');

interface SecureOrigin {
  readonly port: number;
  /** The names of the clients, by their certificates. */
  readonly clients: unknown[];
  readonly requests: IncomingMessage[];
}

/** Starts an HTTPS server. With `asksForClient`, it refuses clients without a certificate. */
async function startSecureOrigin(asksForClient = false): Promise<SecureOrigin> {
  const { certFile, keyFile, caFile } = certificate;
  const [cert, key, ca] = await Promise.all([certFile, keyFile, caFile].map(text));
  const clients: unknown[] = [];
  const requests: IncomingMessage[] = [];
  const server: Server = createServer(
    { cert, key, ca, requestCert: asksForClient, rejectUnauthorized: asksForClient },
    (request, response) => {
      if (asksForClient) clients.push((request.socket as TLSSocket).getPeerCertificate().subject.CN);
      requests.push(request);
      response.setHeader('content-type', 'application/json').end('{"access_token":"t","expires_in":60}');
    },
  );
  const port = await listenPrivately(server);
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port, clients, requests };
}

async function startProxy(): Promise<TestForwardProxy> {
  const proxy = await TestForwardProxy.start();
  ends.push(() => proxy.stop());
  return proxy;
}

function proxiesOf(env: Readonly<Record<string, string>>): ForwardProxies {
  return readForwardProxies(new Variables(env, PROXY_VARIABLES));
}

const through = ({ address }: TestForwardProxy): ForwardProxies => {
  const url = `http://me:${encodeURIComponent(PASSWORD)}@${address}`;
  return proxiesOf({ HTTPS_PROXY: url, HTTP_PROXY: url });
};

interface Way {
  readonly proxies?: ForwardProxies;
  readonly tls?: TlsConfig;
  readonly timeoutMs?: number;
  readonly query?: Record<string, string>;
}

function driverOf(baseUrl: string, { proxies, tls, timeoutMs = TIMEOUT_MS, query }: Way = {}): HttpDriver {
  const limits = { maxConcurrent: 10, schedule: [] } as never;
  const system = { name: 'crm', baseUrl, timeoutMs, limits, tls, ...(query && { query }) };
  const metrics = new OriginMetrics(new MetricsRegistry());
  const driver = new HttpDriver(system, systemRoute(system, proxies), new SystemClock(), metrics);
  ends.push(() => driver.close());
  return driver;
}

const NONE = new StaticAuth({ type: 'none' }).current();

/** Makes one call. Returns its answer or the details of its failure. */
async function call(driver: HttpDriver, path = '/a?b=1', timeoutMs = TIMEOUT_MS): Promise<unknown> {
  const request = { kind: 'http', method: 'GET', pathAndQuery: path, body: undefined } as const;
  try {
    return (await driver.begin(request, NONE, timeoutMs).answer).body;
  } catch (error) {
    if (!(error instanceof OriginFailure)) throw error;
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(PASSWORD);
    return error.details;
  }
}

const ANSWER = { access_token: 't', expires_in: 60 };

describe('calls through a forward proxy', () => {
  it('open a tunnel to an https address, with the name unresolved and the credentials decoded', async () => {
    const [origin, proxy] = [await startSecureOrigin(), await startProxy()];
    const tls = { ca: await text(certificate.caFile) };
    const driver = driverOf(`https://${NAME}:${origin.port}`, { proxies: through(proxy), tls });
    expect(await call(driver)).toEqual(ANSWER);
    expect(await call(driver)).toEqual(ANSWER);
    // The second call uses the connection of the first one.
    expect(proxy.asked).toEqual([`${NAME}:${origin.port}`]);
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`]);
    expect(origin.requests.map(({ headers }) => headers['proxy-authorization'])).toEqual([undefined, undefined]);
  });

  it('use the tunnels that are opened ahead', async () => {
    const [origin, proxy] = [await startSecureOrigin(), await startProxy()];
    const tls = { ca: await text(certificate.caFile) };
    const driver = driverOf(`https://${NAME}:${origin.port}`, { proxies: through(proxy), tls });
    await driver.keepWarm();
    expect(proxy.asked).toHaveLength(8);
    expect(await Promise.all(Array.from({ length: 8 }, () => call(driver)))).toEqual(Array(8).fill(ANSWER));
    expect(proxy.asked).toHaveLength(8);
    await driver.dial();
    expect(proxy.asked).toHaveLength(9);
  });

  it('send the whole address to the proxy if the origin has an http address', async () => {
    const [origin, proxy] = [await startOrigin(), await startProxy()];
    ends.push(() => origin.stop());
    origin.answer({ ok: true });
    const { port } = new URL(origin.url);
    const driver = driverOf(`http://${NAME}:${port}`, { proxies: through(proxy), query: { key: 'a&b' } });
    expect(await call(driver)).toEqual({ ok: true });
    expect(proxy.asked).toEqual([`http://${NAME}:${port}/a?b=1&key=a%26b`]);
    expect(proxy.credentials[0]).toMatch(/^Basic /);
    expect(origin.calls[0]).toMatchObject({ url: '/a?b=1&key=a%26b', headers: { host: `${NAME}:${port}` } });
  });

  it.each<[string, (proxy: TestForwardProxy) => unknown, object]>([
    ['refuses the credentials', (proxy) => (proxy.status = 407), { fault: 'proxy_refused', status: 407 }],
    ['refuses the host', (proxy) => (proxy.status = 403), { fault: 'proxy_refused', status: 403 }],
    ['does not reach the host', (proxy) => (proxy.status = 502), { fault: 'proxy_failed', status: 502 }],
    ['breaks the connection', (proxy) => (proxy.breaks = true), { fault: 'proxy_failed' }],
    ['hangs', (proxy) => (proxy.status = 0), { fault: 'proxy_timeout' }],
    ['is gone', (proxy) => proxy.stop(), { fault: 'proxy_unreachable', errorCode: 'ECONNREFUSED' }],
  ])('name the proxy if it %s', async (_how, breakProxy, details) => {
    const [origin, proxy] = [await startSecureOrigin(), await TestForwardProxy.start()];
    ends.push(() => proxy.stop().catch(() => undefined));
    await breakProxy(proxy);
    const way = { proxies: through(proxy), timeoutMs: 1000 };
    expect(await call(driverOf(`https://${NAME}:${origin.port}`, way), '/', 1000)).toMatchObject(details);
    expect(origin.requests).toEqual([]);
  });

  it('name the proxy if it is gone or refuses a call to an http address', async () => {
    const proxy = await startProxy();
    const driver = driverOf(`http://${NAME}:80`, { proxies: through(proxy) });
    proxy.status = 407;
    expect(await call(driver)).toMatchObject({ fault: 'proxy_refused', status: 407 });
    const gone = driverOf(`http://${NAME}:80`, { proxies: proxiesOf({ HTTP_PROXY: 'http://127.0.0.1:9' }) });
    expect(await call(gone)).toMatchObject({ fault: 'proxy_unreachable', errorCode: 'ECONNREFUSED' });
  });

  it('carry the requests of a login, and name the proxy if it refuses them', async () => {
    const [origin, proxy] = [await startSecureOrigin(), await startProxy()];
    const auth = { tokenTimeoutMs: TIMEOUT_MS };
    const url = `https://${NAME}:${origin.port}/token`;
    const own = { auth, tls: { ca: await text(certificate.caFile) } };
    const post = { url, headers: {}, body: 'a=b', timeoutMs: TIMEOUT_MS, closing: new AbortController().signal };
    const client = new LoginClient(loginRoute(url, own, through(proxy)));
    expect(await client.post(post)).toMatchObject({ status: 200 });
    proxy.status = 407;
    expect(await client.post(post)).toEqual({ fault: 'proxy', status: 407, errorCode: 'ERR_PROXY_TUNNEL' });
  });

  it.each([
    ['this machine', ''],
    ['a name', 'test'],
    ['a name and a port', `${NAME}:PORT`],
    ['everything', '*'],
  ])('are direct for %s', async (what, exceptions) => {
    const [origin, proxy] = [await startOrigin(), await startProxy()];
    ends.push(() => origin.stop());
    const { port } = new URL(origin.url);
    const proxies = proxiesOf({
      HTTP_PROXY: `http://${proxy.address}`,
      NO_PROXY: exceptions.replace('PORT', port),
    });
    const host = what === 'this machine' ? '127.0.0.1' : NAME;
    await call(driverOf(`http://${host}:${port}`, { proxies, timeoutMs: 1000 }), '/', 1000);
    expect(proxy.asked).toEqual([]);
  });
});

describe('calls with a client certificate', () => {
  const options = { passphrase: 'a passphrase' };
  const own = async (made: Certificate): Promise<TlsConfig> => ({
    ca: await text(certificate.caFile),
    cert: await text(made.certFile),
    key: await text(made.keyFile),
  });

  it('are accepted with a key that needs a passphrase, and so are those of a login', async () => {
    const origin = await startSecureOrigin(true);
    const tls = { ...(await own(await makeClientCertificate(dir, options))), ...options };
    const url = `https://127.0.0.1:${origin.port}`;
    const driver = driverOf(url, { tls });
    await driver.keepWarm();
    expect(await call(driver)).toEqual(ANSWER);
    const client = new LoginClient(loginRoute(url, { tls, auth: { tokenTimeoutMs: TIMEOUT_MS } }));
    const post = { url, headers: {}, body: '', timeoutMs: TIMEOUT_MS, closing: new AbortController().signal };
    expect(await client.post(post)).toMatchObject({ status: 200 });
    expect(origin.clients).toEqual(['datadip', 'datadip']);
  });

  it.each<[string, () => Promise<TlsConfig>]>([
    ['without a client certificate', async () => ({ ca: await text(certificate.caFile) })],
    ['of another authority', async () => ({ ...(await own(other)) })],
    ['that has expired', async () => own(await makeClientCertificate(dir, { expired: true }))],
  ])('are refused %s', async (_how, tlsOf) => {
    const origin = await startSecureOrigin(true);
    const driver = driverOf(`https://127.0.0.1:${origin.port}`, { tls: await tlsOf() });
    const failed = await call(driver);
    expect(failed).toMatchObject({ fault: expect.stringMatching(/^(tls|connection_lost)$/) });
    expect(origin.requests).toEqual([]);
  });

  it('are sent to no server of another authority', async () => {
    const origin = await startSecureOrigin();
    const tls = { ca: await text(other.caFile) };
    expect(await call(driverOf(`https://127.0.0.1:${origin.port}`, { tls }))).toMatchObject({ fault: 'tls' });
    expect(origin.requests).toEqual([]);
  });

  it('are sent to the server that has the declared name, and to no other', async () => {
    const origin = await startSecureOrigin();
    const url = `https://127.0.0.1:${origin.port}`;
    const ca = await text(certificate.caFile);
    expect(await call(driverOf(url, { tls: { ca, serverName: NAME } }))).toEqual(ANSWER);
    expect(await call(driverOf(url, { tls: { ca, serverName: 'erp.test' } }))).toMatchObject({ fault: 'tls' });
  });
});
