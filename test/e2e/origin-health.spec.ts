import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type TestApp } from '../support/app.js';
import { makeCertificate } from '../support/certificate.js';
import { ADA, ADA_ANSWER, declaration, type DeclarationChanges } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, post, type HttpAnswer } from '../support/http.js';
import { listenPrivately } from '../support/private-port.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';

type Line = Record<string, unknown>;

let app: TestApp;
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  await app.stop();
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

let next = 0;
const newId = (): string => `c-${++next}-${Math.random()}`;
const ask = (customerId = newId()): Promise<HttpAnswer> => post(`${app.url}/lookup/profile`, { customerId });
const linesOf = (): Line[] => app.logs.filter(({ system }) => system === 'crm');
const ready = async (): Promise<Line> => (await get(`${app.url}/health/ready`)).json?.details as Line;

async function scripted(changes: DeclarationChanges = {}): Promise<ScriptedOrigin> {
  const origin = await startOrigin(() => ADA);
  cleanUps.push(() => origin.stop());
  app = await startApp(declaration(origin.url, changes));
  return origin;
}

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return listenPrivately(server);
}

/** A port on which no server listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenPrivately(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the log line about a failing origin', () => {
  it.each<[string, Line, (origin: ScriptedOrigin) => unknown]>([
    ['error status', { fault: 'error_status', status: 500, contentType: 'application/json' }, (o) => o.fail(500)],
    ['credentials refused', { fault: 'credentials_refused', status: 401 }, (o) => o.fail(401)],
    ['credentials refused', { fault: 'credentials_refused', status: 403 }, (o) => o.fail(403)],
    ['too many calls', { fault: 'rate_limited', status: 429 }, (o) => o.fail(429)],
    ['is HTML', { fault: 'html', status: 200, contentType: 'text/html' }, (o) => o.text('<p>Ada', 'Text/HTML; x=y')],
    ['no answer in time', { fault: 'timeout' }, (o) => o.hang()],
    ['too large', { fault: 'too_large' }, (o) => o.huge(2_000_000)],
    ['connection lost', { fault: 'connection_lost', code: expect.any(String) }, (o) => o.closeHalfway()],
  ])('says %s: %j', async (text, fields, fail) => {
    const origin = await scripted({ system: { timeoutMs: 300 } });
    await fail(origin);
    await ask();

    expect(linesOf()).toEqual([expect.objectContaining({ ...fields, calls: 1, msg: expect.stringContaining(text) })]);
    expect(JSON.stringify(linesOf())).not.toMatch(/Ada|scripted/);
  });

  it('says that a connection is refused', async () => {
    app = await startApp(declaration(`http://127.0.0.1:${await freePort()}`));
    await ask();

    expect(linesOf()).toEqual([
      expect.objectContaining({ fault: 'connection_refused', code: 'ECONNREFUSED', calls: 1 }),
    ]);
  });

  it('says that a host name does not exist', async () => {
    app = await startApp(declaration('http://crm.invalid'));
    await ask();

    expect(linesOf()).toEqual([expect.objectContaining({ fault: 'name_not_resolved', calls: 1 })]);
    expect(linesOf()[0]?.msg).toContain('DNS');
  });

  it('says that a certificate is not trusted, and that the answer is not HTTP', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'datadip-tls-'));
    cleanUps.push(() => rm(dir, { recursive: true }));
    const { certFile, keyFile } = await makeCertificate(dir);
    const server = createTlsServer({ cert: await readFile(certFile), key: await readFile(keyFile) });
    app = await startApp(declaration(`https://127.0.0.1:${await portOf(server)}`));
    await ask();
    expect(linesOf()).toEqual([expect.objectContaining({ fault: 'tls', code: expect.stringMatching(/^[A-Z_]+$/) })]);
    await app.stop();

    const chatty = createServer((socket) => socket.on('error', () => undefined).end('220 mail.example ESMTP\r\n'));
    app = await startApp(declaration(`http://127.0.0.1:${await portOf(chatty)}`));
    await ask();
    expect(linesOf()).toEqual([expect.objectContaining({ fault: 'not_http', code: expect.stringMatching(/^HPE_/) })]);
  });

  it('says that the expression record fails', async () => {
    const origin = await scripted();
    origin.answer({ results: [ADA] });
    const broken = {
      description: 'A customer with a record that is no record',
      key: [{ input: 'customerId', kind: 'id' }],
      origin: { system: 'crm', path: '/x/{customerId}', record: '$number(results[0].firstName)' },
      fields: { tier: { type: 'string', from: 'accountTier', default: 'Standard' } },
    };
    await app.stop();
    app = await startApp(declaration(origin.url, { lookups: { broken } }));
    await post(`${app.url}/lookup/broken`, { customerId: newId() });

    expect(linesOf()).toEqual([expect.objectContaining({ fault: 'record_failed', calls: 1 })]);
  });

  it('is written once while the origin fails, and once when the origin is well', async () => {
    const origin = await scripted();
    for (let round = 0; round < 2; round++) {
      origin.fail(500);
      for (let call = 0; call < 5; call++) await ask();
      origin.answer(() => ADA);
      await eventually(async () => expect((await ask()).json).toMatchObject(ADA_ANSWER));
      await eventually(() => expect(linesOf()).toHaveLength(2 * (round + 1)));
    }

    expect(linesOf().map(({ msg, calls }) => [msg, calls])).toEqual([
      ['origin fails: error status', 1],
      ['origin is well again', 5],
      ['origin fails: error status', 1],
      ['origin is well again', 5],
    ]);
  });

  it('is not written for a call that admission refused', async () => {
    const origin = await scripted({ system: { limits: { maxConcurrent: 1, queueMs: 0 } } });
    const hold = origin.hold();
    const first = ask();
    await hold.arrived(1);
    expect((await ask()).json).toMatchObject({ error: 'shed' });
    hold.open();
    await first;

    expect(linesOf()).toEqual([]);
  });
});

describe('an origin that refuses the credentials', () => {
  it('is called for three of 60 callers, and is called again when it accepts them', async () => {
    const origin = await scripted({ system: { auth: { type: 'bearer', token: 'expired-s3cret' } } });
    origin.fail(401);
    for (let caller = 0; caller < 60; caller++) expect((await ask()).json).toMatchObject({ source: 'degraded' });

    expect(origin.count).toBeLessThanOrEqual(4);
    expect(linesOf().map(({ msg }) => msg)).toEqual(['origin fails: credentials refused']);
    expect(await ready()).toMatchObject({
      'origin crm': { status: 'degraded', fault: 'credentials_refused', httpStatus: 401, calls: 'circuit_open' },
    });
    expect((await get(`${app.url}/metrics`)).text).toContain('datadip_circuit_open{system="crm"} 1');
    origin.answer(() => ADA);
    await eventually(async () => expect((await ask()).json).toMatchObject(ADA_ANSWER));
    expect((await get(`${app.url}/metrics`)).text).toContain('datadip_circuit_open{system="crm"} 0');
    await eventually(async () => expect(await ready()).toMatchObject({ 'origin crm': { status: 'up' } }));
  });

  it('does not stop a lookup whose calls it accepts', async () => {
    const origin = await scripted();
    origin.fail(403);
    for (let caller = 0; caller < 10; caller++) await ask();
    expect((await ask()).json).toMatchObject({ error: 'circuit_open' });
    origin.answer({ results: [ADA] });

    expect((await post(`${app.url}/lookup/customer`, { ani: '+15550001' })).json).toMatchObject(ADA_ANSWER);
  });
});
