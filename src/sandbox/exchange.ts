import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** A request with its parsed target, and the response to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Answers the exchange and returns true, or does nothing and returns false. */
export type Routes = (exchange: Exchange) => boolean;

export interface Answer {
  readonly status: number;
  /** Sent as JSON; a `RawText` is sent unchanged. */
  readonly body: unknown;
  readonly headers?: OutgoingHttpHeaders;
}

/** A body that is not JSON, whatever its content type says. */
export class RawText {
  constructor(readonly text: string) {}
}

/** The request is invalid. The control route answers with the status and the message. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Far above the size of any object that a control route accepts. */
const MAX_BODY_BYTES = 16 * 1024;

export function parseExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const { method = 'GET', url = '/' } = request;
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  return { request, response, method, path, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
}

export function serialize({ body }: Answer): string {
  return body instanceof RawText ? body.text : JSON.stringify(body);
}

export function send(response: ServerResponse, answer: Answer): void {
  const { status, headers } = answer;
  if (status === 204) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = serialize(answer);
  const length = Buffer.byteLength(text);
  const type = text === '' ? {} : { 'content-type': 'application/json' };
  response.writeHead(status, { ...type, 'content-length': length, ...headers });
  response.end(text);
}

export function methodNotAllowed(allowed: readonly string[]): Answer {
  return { status: 405, body: { error: 'method not allowed' }, headers: { allow: allowed.join(', ') } };
}

/**
 * The decoded segment after `prefix`. `undefined` if the rest of the path is empty or no segment.
 */
export function segmentAfter(prefix: string, path: string): string | undefined {
  const segment = path.startsWith(prefix) ? path.slice(prefix.length) : '';
  if (segment === '' || segment.includes('/')) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** Accepts any content type, because `curl -d` announces a form. */
export async function readObject(request: IncomingMessage): Promise<object> {
  const value = parseJson(await readText(request));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RequestError(400, 'not a JSON object');
  return value;
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // A body that is too long is read to its end and discarded. To close the socket of a caller
    // that still sends would be a connection error, not a 413.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) throw new RequestError(413, `body over ${MAX_BODY_BYTES} bytes`);
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, 'not JSON');
  }
}
