import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** The longest time that a test waits for one answer. A later answer fails with a clear error. */
const ANSWER_WITHIN_MS = 30_000;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body. `undefined` means that the content type is not JSON. */
  readonly json?: Record<string, unknown>;
  readonly text: string;
  readonly elapsedMs: number;
}

type Headers = Record<string, string>;

export function get(url: string, headers: Headers = {}): Promise<HttpAnswer> {
  return raw('GET', url, undefined, headers);
}

export function post(url: string, json: unknown, headers: Headers = {}): Promise<HttpAnswer> {
  return raw('POST', url, JSON.stringify(json), { 'content-type': 'application/json', ...headers });
}

/** Sends exactly this request on a new connection. Without a pool, no connection stays open. */
export function raw(
  method: string,
  url: string,
  body?: string | Buffer,
  headers: Headers = {},
  boundMs = ANSWER_WITHIN_MS,
): Promise<HttpAnswer> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const call = request(url, { method, agent: false, headers: { ...lengthOf(body, headers), ...headers } });
    const late = new Error(`${method} ${url}: no answer within ${boundMs} ms`);
    const bound = setTimeout(() => call.destroy(late), boundMs);
    call.on('close', () => clearTimeout(bound));
    call.on('error', reject);
    call.on('response', (response) => {
      readAnswer(response, startMs).then(resolve, reject);
    });
    call.end(body);
  });
}

/**
 * Returns the content length for a body without one. Node sends no length for a GET, so a server
 * would read its body as a second request.
 */
function lengthOf(body: string | Buffer | undefined, headers: Headers): Headers {
  const hasLength = Object.keys(headers).some((name) => /^(content-length|transfer-encoding)$/i.test(name));
  return body === undefined || hasLength ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}

async function readAnswer(response: IncomingMessage, startMs: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const isJson = /\bjson\b/.test(response.headers['content-type'] ?? '');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    ...(isJson ? { json: JSON.parse(text) as Record<string, unknown> } : {}),
    text,
    elapsedMs: performance.now() - startMs,
  };
}
