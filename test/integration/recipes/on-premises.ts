import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { createPeople } from '../../../src/sandbox/vendors/people.js';
import { startApp, type TestApp } from '../../support/app.js';
import { makeCertificate, makeClientCertificate, type Certificate } from '../../support/certificate.js';
import { eventually } from '../../support/eventually.js';
import { TestForwardProxy } from '../../support/forward-proxy.js';
import { post } from '../../support/http.js';
import { listenPrivately } from '../../support/private-port.js';
import { recipeFile } from '../../support/recipe-page.js';

const NAME = 'core.test';
const PASSPHRASE = 'a passphrase';
const PASSWORD = 'core-password';
const KEYS = { ARCHITECT_API_KEY: 'key-of-architect', CRM_WEBHOOK_KEY: 'key-of-webhook' };
const ADA = { contactFound: true, customerId: 'c-17', displayName: 'Ada Lovelace', tier: 'Enterprise' };
const FAILED = { contactFound: false, source: 'degraded', error: 'origin_error' };
const PEOPLE = createPeople();

/** A system that only clients with a certificate reach, and that only the proxy can resolve. */
describe('the recipe on-premises', () => {
  let dir: string;
  let server: Server;
  let proxy: TestForwardProxy;
  let app: TestApp;
  let env: Record<string, string>;
  const clients: unknown[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'datadip-on-premises-'));
    const own = await makeCertificate(dir, `DNS:${NAME}`);
    const client = await makeClientCertificate(dir, { passphrase: PASSPHRASE });
    server = await coreOf(own, (request) =>
      clients.push((request.socket as TLSSocket).getPeerCertificate().subject.CN),
    );
    const port = await listenPrivately(server);
    proxy = await TestForwardProxy.start();
    env = {
      ...KEYS,
      CORE_URL: `https://${NAME}:${port}`,
      CORE_USER: 'datadip',
      CORE_PASSWORD: PASSWORD,
      CORE_CA: await text(own.caFile),
      CORE_CLIENT_CERT: await text(client.certFile),
      CORE_CLIENT_KEY: (await text(client.keyFile)).replaceAll('\n', '\\n'),
      CORE_CLIENT_KEY_PASSPHRASE: PASSPHRASE,
      HTTPS_PROXY: `http://me:proxy-password@${proxy.address}`,
    };
    app = await startApp(await recipeFile('on-premises'), env);
  });
  afterEach(() => {
    proxy.status = undefined;
  });
  afterAll(async () => {
    await app.stop();
    await proxy.stop();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });
  const dip = async (inputs: object, on = app): Promise<unknown> =>
    (await post(`${on.url}/lookup/customer`, inputs, { 'X-API-Key': KEYS.ARCHITECT_API_KEY })).json;
  const faults = ({ logs }: TestApp): unknown[] =>
    logs.flatMap(({ system, fault }) => (system === 'core' ? [fault] : []));

  it('finds a customer through the proxy, with its client certificate', async () => {
    expect(await dip({ ani: '(555) 000-0017' })).toMatchObject({ ...ADA, source: 'origin', error: '' });
    expect(await dip({ ani: '+15550000017' })).toMatchObject({ ...ADA, source: 'cache' });
    expect(await dip({ email: "o'brien23@example.com" })).toMatchObject({ displayName: "Edsger O'Brien" });
    expect(new Set(proxy.asked)).toEqual(new Set([new URL(env.CORE_URL ?? '').host]));
    expect(new Set(clients)).toEqual(new Set(['datadip']));
  });

  it('answers "not found" and the newest of two customers', async () => {
    expect(await dip({ ani: '+15559990000' })).toMatchObject({ contactFound: false, source: 'origin', error: '' });
    expect(await dip({ email: 'x&phone=+15550000017@example.com' })).toMatchObject({ contactFound: false, error: '' });
    expect(await dip({ ani: '+15550000048' })).toMatchObject({ customerId: 'c-49', isDuplicate: true });
  });

  it('loads a customer again after an event', async () => {
    await dip({ ani: '+15550000017' });
    const event = { customerId: 'c-17', eventId: 'change-1', identifiers: { ani: ['+15550000017'] } };
    const sent = await post(`${app.url}/webhook/customer-updated`, event, { 'X-API-Key': KEYS.CRM_WEBHOOK_KEY });
    expect(sent.json).toMatchObject({ invalidated: 1 });
    expect(await dip({ ani: '+15550000017' })).toMatchObject({ ...ADA, source: 'origin' });
  });

  it('names the proxy in the log if the proxy refuses the host, and no secret', async () => {
    const refused = await startApp(await recipeFile('on-premises'), env);
    try {
      proxy.status = 403;
      server.closeAllConnections();
      expect(await dip({ ani: '+15550000018' }, refused)).toMatchObject(FAILED);
      expect(faults(refused)).toContain('proxy_refused');
      proxy.status = undefined;
      await eventually(async () =>
        expect(await dip({ ani: '+15550000018' }, refused)).toMatchObject({ contactFound: true }),
      );
      expect(JSON.stringify(refused.logs)).not.toMatch(/proxy-password|core-password|a passphrase|PRIVATE KEY/);
    } finally {
      await refused.stop();
    }
  });

  it('gives a degraded answer if the system refuses the client certificate', async () => {
    const expired = await makeClientCertificate(dir, { expired: true, passphrase: PASSPHRASE });
    const own = { CORE_CLIENT_CERT: await text(expired.certFile), CORE_CLIENT_KEY: await text(expired.keyFile) };
    const refused = await startApp(await recipeFile('on-premises'), { ...env, ...own });
    try {
      expect(await dip({ ani: '+15550000017' }, refused)).toMatchObject(FAILED);
      expect(faults(refused)).toContainEqual(expect.stringMatching(/^(?:tls|connection_lost)$/));
    } finally {
      await refused.stop();
    }
  });
});

const text = (file: string): Promise<string> => readFile(file, 'utf8');

/** The system: it demands a client certificate of its authority, and a user. */
async function coreOf(own: Certificate, note: (request: IncomingMessage) => void): Promise<Server> {
  const [cert, key, ca] = await Promise.all([own.certFile, own.keyFile, own.caFile].map(text));
  const demands = { requestCert: true, rejectUnauthorized: true };
  return createServer({ cert, key, ca, ...demands }, (request, response) => {
    note(request);
    answer(request, response);
  });
}

function answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'https://core.test');
  const isKnown = headers.authorization === `Basic ${Buffer.from(`datadip:${PASSWORD}`).toString('base64')}`;
  const [phone, email] = [searchParams.get('phone'), searchParams.get('email')];
  const found = PEOPLE.filter((person) => `+1${person.phone}` === phone || person.email === email);
  const results = found.toReversed().map(({ n, firstName, lastName, tier }) => {
    return { id: `c-${n}`, firstName, lastName, accountTier: tier };
  });
  const status = !isKnown ? 401 : pathname === '/api/v2/customers' ? 200 : 404;
  const body = status === 200 ? { results } : { error: 'refused' };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
