import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { METHODS } from 'node:http';
import { aboutAda } from '../e2e/stage.js';
import { startApp, type TestApp } from '../support/app.js';
import { declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/http.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { head, RawConnection } from '../support/raw-connection.js';

const CALLERS = { desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: ['lookup', 'operate'] } };
const KEY = { 'x-api-key': 'key-of-desk' };
/** The values of the label `method`. */
const LABELS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'OTHER'];
const HANDLED = ['GET', 'HEAD', 'POST'];

let origin: ScriptedOrigin;
let app: TestApp;
const open: RawConnection[] = [];
beforeAll(async () => {
  origin = await startOrigin(aboutAda);
  app = await startApp(declaration(origin.url, { callers: CALLERS }));
});
afterEach(() => open.splice(0).forEach((connection) => connection.end()));
afterAll(async () => {
  await app.stop();
  await origin.stop();
});

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly problem: Record<string, unknown> | undefined;
}

async function answerTo(bytes: string): Promise<Answer> {
  const connection = new RawConnection(app.url);
  open.push(connection);
  await connection.send(bytes);
  const [status = 0] = await connection.answers(1);
  return eventually(() => {
    const [answerHead = '', body = ''] = connection.received.split('\r\n\r\n');
    const length = Number(/^content-length: (\d+)$/im.exec(answerHead)?.[1] ?? 0);
    const isComplete = body.length >= length || bytes.startsWith('HEAD');
    if (!isComplete) throw new Error('the answer is not complete');
    const isProblem = /^content-type: application\/problem\+json/im.test(answerHead) && body !== '';
    return { status, head: answerHead, problem: isProblem ? (JSON.parse(body) as Record<string, unknown>) : undefined };
  });
}

/** The access lines of an answer, found by its request id. */
function linesOf({ head: answerHead }: Answer): Record<string, unknown>[] {
  const requestId = /^x-request-id: (.+)$/im.exec(answerHead)?.[1];
  return app.logs.filter((line) => line.msg === 'request' && line.requestId === requestId);
}

async function expectLine(answer: Answer, line: Record<string, unknown>): Promise<void> {
  await eventually(() =>
    expect(linesOf(answer)).toEqual([expect.objectContaining({ status: answer.status, ...line })]),
  );
}

describe('a method', () => {
  it('answers every other method of a known route with 405, Allow, a problem document and one access line', async () => {
    for (const method of METHODS.filter((name) => !HANDLED.includes(name))) {
      const answer = await answerTo(head(method, '/lookup/customer?ani=1', { 'Content-Length': '0' }));
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.problem).toMatchObject({ status: 405, code: 'method_not_allowed' });
      const isTunnel = method === 'CONNECT';
      expect(answer.head).toMatch(isTunnel ? /^Allow: .*GET.*POST/m : /^Allow: GET, HEAD, POST$/m);
      await expectLine(answer, { method, route: isTunnel ? 'unmatched' : '/lookup/:name' });
    }
    expect(origin.count).toBe(0);
  });

  it('answers every method of an unknown path with 404 and one access line', async () => {
    for (const method of METHODS.filter((name) => name !== 'CONNECT')) {
      const answer = await answerTo(head(method, '/nothing', { 'Content-Length': '0' }));
      expect([method, answer.status]).toEqual([method, 404]);
      await expectLine(answer, { method, route: 'unmatched' });
    }
  });

  it.each([
    ['/webhook/customer-updated', 'POST'],
    ['/agents/available', 'GET'],
    ['/agents/a-1', 'GET, HEAD'],
    ['/queues/q/agents/a', 'DELETE, PUT'],
    ['/health', 'GET, HEAD'],
    ['/oauth/token', 'POST'],
  ])('names the methods of %s in Allow', async (path, allow) => {
    const { status, head: answerHead } = await answerTo(head('PATCH', path));
    expect([status, /^Allow: (.*)$/m.exec(answerHead)?.[1]]).toEqual([405, allow]);
  });

  it('gives metrics only labels of a fixed set, whatever strangers send', async () => {
    for (const path of ['/a', '/b', '/lookup/a', '/lookup/b']) await answerTo(head('PROPFIND', path));
    const { text } = await get(`${app.url}/metrics`, KEY);
    const series = text.split('\n').filter((line) => line.startsWith('datadip_http_request_duration_seconds_count'));
    const labelsOf = (name: string) => new Set(series.map((line) => new RegExp(`${name}="([^"]*)"`).exec(line)?.[1]));
    expect(LABELS).toEqual(expect.arrayContaining([...labelsOf('method')]));
    expect([...labelsOf('route')].filter((route) => route !== 'unmatched' && !route?.startsWith('/'))).toEqual([]);
    expect(labelsOf('route').size).toBeLessThan(10);
  });
});

describe('an odd head', () => {
  it.each([
    ['an unknown expectation', head('GET', '/health', { Expect: 'foo' }), 417, 'GET'],
    ['an unknown expectation with a body', head('POST', '/lookup/customer', { Expect: 'foo', ...KEY }), 417, 'POST'],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n', 400, 'GET'],
    ['a method in small letters', 'get /health HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'OTHER'],
    ['an invented method', head('STEAL', '/health'), 400, 'OTHER'],
    ['a head of 20 KB', head('GET', '/health', { A: 'a'.repeat(20_000) }), 431, 'OTHER'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'OTHER'],
  ])('answers an odd head with a problem document and one access line: %s', async (_case, bytes, status, method) => {
    const answer = await answerTo(bytes);
    expect(answer.problem).toMatchObject({ status, code: 'bad_request' });
    await expectLine(answer, { method });
  });

  it('answers a target in absolute form like a path', async () => {
    const { status } = await answerTo(head('GET', 'http://datadip/lookup/customer?ani=15550017', KEY));
    expect(status).toBe(200);
    expect((await answerTo(head('GET', 'http://datadip/lookup/customer?ani=15550017'))).status).toBe(401);
  });

  it('answers HTTP 1.0 without a host', async () => {
    expect((await answerTo('GET /health HTTP/1.0\r\n\r\n')).status).toBe(200);
  });
});
