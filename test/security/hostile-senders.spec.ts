import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { SCOPES } from '../../src/config/sections/callers.js';
import { aboutAda } from '../e2e/stage.js';
import { startApp, type TestApp } from '../support/app.js';
import { declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get, raw } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { routesOf } from './parts/routes.js';

/** The limits are 10 s for a head and 15 s for a request, checked each second; 8 s of slack. */
const SLOW_ENDS_WITHIN_MS = 24_000;
const APPS = 'https://apps.mypurecloud.com';
const CALLERS = { desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: SCOPES } };
const KEY = { 'x-api-key': 'key-of-desk' };
const HEAD = 'Host: x\r\nX-API-Key: key-of-desk\r\n';

let origin: ScriptedOrigin;
let app: TestApp;
beforeAll(async () => {
  origin = await startOrigin(aboutAda);
  app = await startApp(declaration(origin.url, { callers: CALLERS }), { CORS_ORIGINS: APPS });
});
afterAll(async () => {
  await app.stop();
  await origin.stop();
});

interface ClosedConnection {
  readonly text: string;
  readonly afterMs: number;
}

/** Sends raw bytes, then more bytes every half second, until the server closes the connection. */
function sendUntilClosed(bytes: string, drip?: string): Promise<ClosedConnection> {
  const startMs = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1', () => socket.write(bytes));
    const dripping = drip === undefined ? undefined : setInterval(() => socket.write(drip), 500);
    socket.on('data', (chunk) => (text += chunk.toString()));
    // A write after the server has closed the connection fails, as expected.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(dripping);
      resolve({ text, afterMs: performance.now() - startMs });
    });
  });
}

describe('a slow sender', () => {
  const body = (length: string): string => `POST /lookup/customer HTTP/1.1\r\n${HEAD}${length}\r\n\r\n`;

  it(
    'closes the connection of a sender that is slow in any part of a request',
    async () => {
      const senders: readonly (readonly [string, string, string?])[] = [
        ['nothing', ''],
        ['a head, stopped', `GET /health HTTP/1.1\r\n${HEAD}`],
        ['a head, dripping', `GET /health HTTP/1.1\r\n${HEAD}`, 'A: b\r\n'],
        ['a body, stopped', body('Content-Length: 5000')],
        ['a body, dripping', body('Content-Length: 5000'), ' '],
        ['a body in chunks, dripping', body('Transfer-Encoding: chunked'), '1\r\n \r\n'],
        ['a body that was refused, dripping', body('Content-Length: 5000000'), 'x'],
      ];
      const closed = await Promise.all(
        senders.map(async ([part, ...sent]) => ({ part, ...(await sendUntilClosed(...sent)) })),
      );
      expect(closed.filter(({ afterMs }) => afterMs > SLOW_ENDS_WITHIN_MS)).toEqual([]);
      expect(closed.filter(({ text }) => text.includes('200 OK'))).toEqual([]);
    },
    SLOW_ENDS_WITHIN_MS + 20_000,
  );
});

describe('malformed HTTP', () => {
  it.each([
    ['nonsense', 'GARBAGE\r\n\r\n', 400],
    ['a blank in the address', `GET /lookup/customer?ani=+1 555 0017 HTTP/1.1\r\n${HEAD}\r\n`, 400],
    ['a length in words', `POST /lookup/customer HTTP/1.1\r\n${HEAD}Content-Length: x\r\n\r\n`, 400],
    ['a broken chunk', `POST /lookup/customer HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['an endless address', `GET /lookup/customer?ani=${'1'.repeat(20_000)} HTTP/1.1\r\n${HEAD}\r\n`, 431],
  ])('answers malformed HTTP with a problem document: %s', async (_case, bytes, status) => {
    const { text } = await sendUntilClosed(bytes);
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/^Content-Type: application\/problem\+json/m);
    const requestId = /^X-Request-Id: (.+)$/m.exec(head)?.[1];
    expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status, code: 'bad_request', requestId });
  });
});

describe('many requests on one connection', () => {
  const MANY = 3000;

  it('answers thousands of requests on one connection, each with its own status', async () => {
    const open = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';
    const closed = 'GET /lookup/customer?ani=15550017 HTTP/1.1\r\nHost: x\r\nX-API-Key: wrong\r\n\r\n';
    const last = 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const { text } = await sendUntilClosed((open + closed).repeat(MANY) + last);
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual([...Array.from({ length: MANY }, () => ['200', '401']).flat(), '200']);
  });
});

describe('an ambiguous request', () => {
  const hidden = 'GET /metrics HTTP/1.1\r\nHost: x\r\nX-API-Key: key-of-desk\r\n\r\n';
  const post = (fields: string, sent: string): string =>
    `POST /lookup/customer HTTP/1.1\r\n${HEAD}${fields}\r\n\r\n${sent}`;

  it.each([
    ['a length and chunks', post('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${hidden}`)],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 9', hidden)],
    ['chunks that are not the last coding', post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${hidden}`)],
    ['an unknown coding', post('Transfer-Encoding: xchunked', `0\r\n\r\n${hidden}`)],
    ['a space before the colon', post('Content-Length : 0', hidden)],
    ['a folded field', post('A: b\r\n c: d', hidden)],
    ['bare line feeds', `GET /health HTTP/1.1\nHost: x\n\n${hidden}`],
    ['no host', `GET /health HTTP/1.1\r\n\r\n${hidden}`],
    ['a head of 20 KB', `GET /health HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n${hidden}`],
    [
      'chunks with long extensions',
      post('Transfer-Encoding: chunked', `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n${hidden}`),
    ],
    ['a tunnel', `CONNECT crm:443 HTTP/1.1\r\n${HEAD}\r\n${hidden}`],
  ])('refuses an ambiguous request and reads no request after it: %s', async (_case, bytes) => {
    const { text } = await sendUntilClosed(bytes);
    expect(text).not.toMatch(/HTTP\/1\.1 [23]/);
    expect(text).not.toContain('datadip_');
  });
});

describe('a deeply nested body', () => {
  const nested = (open: string, close: string, times: number): string => `${open.repeat(times)}1${close.repeat(times)}`;
  const bodies = [
    nested('[', ']', 7000),
    nested('{"id":', '}', 2000),
    nested('[', ']', 120_000),
    nested('{"id":', '}', 35_000),
  ];

  it('refuses a deeply nested body on every route, alone or inside a valid body', async () => {
    const statuses = new Map<string, number[]>();
    for (const { name, method, path } of routesOf(app.app).filter(({ method }) => method !== 'GET')) {
      const at = app.url + path.replaceAll(/:\w+/g, 'customer');
      const nestedBodies = bodies.flatMap((deep) => [
        deep,
        `{"customerId":"c-1","lockToken":"x","outcome":"ended","ani":"+15550017","extra":${deep}}`,
        `{"id":"e","source":"s","detail":{"topicName":"v2.externalcontacts.contacts.c-1","eventBody":{"mergedTo":${deep}}}}`,
      ]);
      const answers = await Promise.all(nestedBodies.map((body) => raw(method, at, body, KEY)));
      statuses.set(
        name,
        answers.map(({ status }) => status),
      );
    }
    expect(statuses.size).toBeGreaterThan(5);
    for (const [name, codes] of statuses)
      expect([name, codes.filter((status) => ![400, 413, 401].includes(status))]).toEqual([name, []]);
  });

  it('accepts an event nested 20 levels deep', async () => {
    const event = `{"customerId":"c-1","extra":${nested('[', ']', 20)}}`;
    expect((await raw('POST', `${app.url}/webhook/customer-updated`, event, KEY)).status).toBe(200);
  });
});

describe('a browser', () => {
  const preflight = (from: string) => ({ origin: from, 'access-control-request-method': 'POST' });
  const lines = (requestId: string) => app.logs.filter((line) => line.requestId === requestId);

  it('allows a browser request from a declared origin, without cookies', async () => {
    const allowed = await raw('OPTIONS', `${app.url}/lookup/customer`, undefined, preflight(APPS));
    expect(allowed).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': APPS } });
    expect(allowed.headers['access-control-allow-credentials']).toBeUndefined();
    const answer = await get(`${app.url}/lookup/customer?ani=15550017`, { ...KEY, origin: APPS });
    expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': APPS } });
  });

  it.each(['https://evil.example', `${APPS}.evil.example`, 'http://apps.mypurecloud.com', 'null', '*'])(
    'allows no browser request from %s',
    async (from) => {
      const refused = await raw('OPTIONS', `${app.url}/lookup/customer`, undefined, preflight(from));
      expect(refused.headers['access-control-allow-origin']).toBeUndefined();
      const answer = await get(`${app.url}/lookup/customer?ani=15550017`, { ...KEY, origin: from });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('writes an access line for a preflight request', async () => {
    const requestId = randomUUID();
    await raw('OPTIONS', `${app.url}/lookup/customer`, undefined, { ...preflight(APPS), 'x-request-id': requestId });
    await eventually(() =>
      expect(lines(requestId)).toMatchObject([{ method: 'OPTIONS', status: 204, msg: 'request' }]),
    );
  });
});
