import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SCOPES } from '../../src/config/sections/callers.js';
import { aboutAda } from '../e2e/stage.js';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, raw } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { head, RawConnection } from '../support/raw-connection.js';
import { routesOf } from './parts/routes.js';
import { signed } from './parts/samples.js';

const SECRET = 'secret-of-the-hook';
const PLACES = 20;
const CALLERS = {
  desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: SCOPES },
  reader: { apiKeys: ['key-of-reader'], tenants: ['10001'], scopes: ['lookup'] },
  slow: { apiKeys: ['key-of-slow'], tenants: ['10001'], scopes: ['lookup', 'invalidate'], limits: { maxPerSecond: 1 } },
  hook: { hmacSecrets: [SECRET, 'older-secret-of-the-hook'], tenants: ['10001'], scopes: ['invalidate'] },
};
const KEY = { 'x-api-key': 'key-of-desk' };
const WEBHOOK = '/webhook/customer-updated';
/** Chosen larger than what any buffer between the two sides holds of one request. */
const LARGE = 200_000;

let origin: ScriptedOrigin;
let app: TestApp;
const open: RawConnection[] = [];
beforeAll(async () => {
  origin = await startOrigin(aboutAda);
  app = await startApp(declaration(origin.url, { callers: CALLERS }), { MAX_IN_FLIGHT: String(PLACES) });
});
afterEach(() => open.splice(0).forEach((connection) => connection.end()));
afterAll(async () => {
  await app.stop();
  await origin.stop();
});

function dial(): RawConnection {
  const connection = new RawConnection(app.url);
  open.push(connection);
  return connection;
}

/** Sends a head that announces a body, and no byte of the body. Returns the status. */
async function statusOfHead(method: string, path: string, headers: Record<string, string> = {}): Promise<number> {
  const connection = dial();
  await connection.send(head(method, path, { 'Content-Length': String(LARGE), ...headers }));
  const [status = 0] = await connection.answers(1);
  return status;
}

async function inFlight(): Promise<number> {
  const { text } = await get(`${app.url}/metrics`, KEY);
  return Number(/^datadip_http_requests_in_flight (\d+)$/m.exec(text)?.[1]);
}

const falselySigned = () => signed('a wrong secret', 'another body');

describe('a request with wrong credentials', () => {
  it('refuses wrong credentials before a byte of the body arrives, on every route', async () => {
    const routes = routesOf(app.app).filter(({ scopes }) => !scopes.includes('open'));
    expect(routes.length).toBeGreaterThan(15);
    for (const { name, method, path } of routes) {
      const at = path.replaceAll(/:\w+/g, 'x');
      const basic = `Basic ${Buffer.from('desk:wrong').toString('base64')}`;
      for (const headers of [{}, { 'X-API-Key': 'wrong' }, { Authorization: basic }, { Authorization: 'Bearer a.b.c' }])
        expect([name, headers, await statusOfHead(method, at, headers)]).toEqual([name, headers, 401]);
    }
  });

  it.each([
    ['an unknown path', 'POST', '/nothing/here', {}, 404],
    ['another method', 'PUT', WEBHOOK, {}, 405],
    ['a key without the scope', 'POST', WEBHOOK, { 'X-API-Key': 'key-of-reader' }, 403],
    [
      'a signature without a time',
      'POST',
      WEBHOOK,
      { 'X-Signature-256': falselySigned()['x-signature-256'] ?? '' },
      401,
    ],
    ['a signature of yesterday', 'POST', WEBHOOK, signed(SECRET, '', Date.now() - 86_400_000), 401],
    ['a signature that is no HMAC', 'POST', WEBHOOK, { ...falselySigned(), 'x-signature-256': 'sha256=abc' }, 401],
    ['a signature on a route without events', 'POST', '/lookup/customer', falselySigned(), 401],
    ['a wrong client of the token route', 'POST', '/oauth/token', { Authorization: 'Basic YTpi' }, 401],
    ['a body above the limit', 'POST', WEBHOOK, { ...falselySigned(), 'Content-Length': '300000' }, 413],
  ])('refuses a request by its head alone: %s', async (_case, method, path, headers, status) => {
    expect(await statusOfHead(method, path, headers)).toBe(status);
  });

  it('refuses a request by its head alone above the rate of its caller', async () => {
    await get(`${app.url}/lookup/customer?ani=15550017`, { 'x-api-key': 'key-of-slow' });
    expect(await statusOfHead('POST', WEBHOOK, { 'X-API-Key': 'key-of-slow' })).toBe(429);
  });

  it('asks only a known caller for a body', async () => {
    const expects = { Expect: '100-continue', 'Content-Length': '2' };
    const stranger = dial();
    await stranger.send(head('POST', WEBHOOK, expects));
    expect(await stranger.answers(1)).toEqual([401]);
    await eventually(() => expect(stranger.closed).toBe(true));
    const known = dial();
    await known.send(head('POST', WEBHOOK, { ...expects, ...KEY }));
    expect(await known.answers(1)).toEqual([100]);
    await known.send('{}');
    expect(await known.answers(2)).toEqual([100, 400]);
  });

  it('closes the connection of a stranger that goes on sending a refused body', async () => {
    const stranger = dial();
    await stranger.send(head('POST', WEBHOOK, { 'Transfer-Encoding': 'chunked' }));
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    for (let sent = 0; sent < 400 && !stranger.closed; sent += 1) await stranger.send(chunk);
    await eventually(() => expect(stranger.closed).toBe(true));
  });
});

describe('a signed body', () => {
  const body = JSON.stringify({ customerId: ADA.id, padding: 'p'.repeat(20_000) });

  it.each([SECRET, 'older-secret-of-the-hook'])(
    'accepts a signed body in any number of pieces, with %s',
    async (secret) => {
      const sender = dial();
      await sender.send(head('POST', WEBHOOK, { 'Content-Length': String(body.length), ...signed(secret, body) }));
      for (let at = 0; at < body.length; at += 7000) await sender.send(body.slice(at, at + 7000));
      expect(await sender.answers(1)).toEqual([200]);
    },
  );

  it('reads a signed body although strangers begin hundreds of bodies and stop', async () => {
    const part = head('POST', WEBHOOK, { 'Content-Length': String(LARGE), ...falselySigned() }) + '[['.repeat(1000);
    const senders = Array.from({ length: 200 }, dial);
    await Promise.all(senders.map((sender) => sender.send(part)));
    await eventually(() =>
      expect(senders.filter((sender) => sender.statuses().includes(503)).length).toBeGreaterThanOrEqual(136),
    );
    expect((await raw('POST', app.url + WEBHOOK, body, signed(SECRET, body))).status).toBe(200);
    expect(await inFlight()).toBeLessThanOrEqual(1);
  });

  it('parses a signed body only with a valid signature', async () => {
    for (const text of ['{"customerId":', '['.repeat(100_000), '\ud800'])
      expect((await raw('POST', app.url + WEBHOOK, text, falselySigned())).json).toMatchObject({ status: 401 });
    expect((await raw('POST', app.url + WEBHOOK, '{', signed(SECRET, '{'))).json).toMatchObject({
      code: 'invalid_json',
    });
  });
});

describe('a body of a known caller', () => {
  it.each([
    ['40 levels', '['.repeat(40) + ']'.repeat(40), 400],
    ['6,000 lists', `[${'[],'.repeat(5999)}[]]`, 400],
    ['brackets inside a text', JSON.stringify({ customerId: 'c-1', note: '[{"\\'.repeat(20_000) }), 200],
    ['4,900 lists', `{"customerId":"c-1","all":[${'[],'.repeat(4899)}[]]}`, 200],
  ])('parses a body only within the bounds of nesting: %s', async (_case, body, status) => {
    expect((await raw('POST', app.url + WEBHOOK, body, KEY)).status).toBe(status);
  });
});

describe('requests whose answers are never read', () => {
  const dip = (ani: string) => `${app.url}/lookup/customer?ani=${ani}`;

  it('gives no place of MAX_IN_FLIGHT to unread requests without a known caller', async () => {
    const floods = ['/lookup/customer?ani=1', '/nothing', '/health', '/health/ready', WEBHOOK];
    for (const path of [...floods, ...floods]) {
      const flood = dial();
      flood.stopReading();
      await flood.send(head('GET', path).repeat(1000));
    }
    expect(await inFlight()).toBeLessThanOrEqual(1);
    const answers = await Promise.all(Array.from({ length: PLACES }, () => get(dip('15550017'), KEY)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('frees the places of pipelined requests when their connection closes', async () => {
    const hold = origin.hold();
    const caller = dial();
    const requests = Array.from({ length: PLACES - 1 }, (_, at) =>
      head('GET', `/lookup/customer?ani=1555100${at + 10}`, KEY),
    );
    await caller.send(requests.join(''));
    await hold.arrived(PLACES - 1);
    expect(await inFlight()).toBe(PLACES);
    caller.end();
    await eventually(async () => expect(await inFlight()).toBe(1));
    hold.open();
    const lines = app.logs.filter(({ status, caller: name }) => status === 499 && name === 'desk');
    expect(lines).toHaveLength(PLACES - 1);
  });

  it('closes a connection whose answers are not read for ten seconds, and frees its places', async () => {
    const caller = dial();
    caller.stopReading();
    const docs = head('GET', '/docs/swagger-ui-bundle.js', KEY);
    await caller.send(docs.repeat(PLACES));
    await eventually(async () => expect(await inFlight()).toBeLessThanOrEqual(1), { withinMs: 25_000 });
    expect(app.logs.filter(({ route, status }) => route === '/docs/:asset' && status === 499)).not.toEqual([]);
  }, 40_000);
});
