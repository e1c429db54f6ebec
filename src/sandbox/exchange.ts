import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** One request with its target taken apart, and the response to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** As sent, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Takes the exchange and returns true, or leaves it alone and returns false. */
export type Routes = (exchange: Exchange) => boolean;

export interface Answer {
  readonly status: number;
  /** Sent as JSON; a `RawText` as it is. */
  readonly body: unknown;
  readonly headers?: OutgoingHttpHeaders;
}

/** A body that is not JSON, whatever its content type says. */
export class RawText {
  constructor(readonly text: string) {}
}

/** An answer that is no fault of the sandbox, thrown from where it is found out. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Far above any object a control route takes. */
const LONGEST_BODY_BYTES = 16 * 1024;

export function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  const { method = 'GET', url = '/' } = request;
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  return { request, response, method, path, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
}

export function textOf({ body }: Answer): string {
  return body instanceof RawText ? body.text : JSON.stringify(body);
}

export function send(response: ServerResponse, answer: Answer): void {
  const { status, headers } = answer;
  const text = textOf(answer);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers });
  response.end(text);
}

export function wrongMethod(allowed: readonly string[]): Answer {
  return { status: 405, body: { error: 'method not allowed' }, headers: { allow: allowed.join(', ') } };
}

/** The last segment of a path below `prefix`, decoded; undefined where there is none or it is no segment. */
export function segmentBelow(prefix: string, path: string): string | undefined {
  const segment = path.startsWith(prefix) ? path.slice(prefix.length) : '';
  if (segment === '' || segment.includes('/')) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** Any content type will do: `curl -d` announces a form. */
export async function readObject(request: IncomingMessage): Promise<object> {
  const value = parsed(await readText(request));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal(400, 'not a JSON object');
  return value;
}

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // What is too long is read to its end and dropped: a socket closed on a caller who still sends is an error, not a 413.
    if (bytes <= LONGEST_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > LONGEST_BODY_BYTES) throw new Refusal(413, `body over ${LONGEST_BODY_BYTES} bytes`);
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'not JSON');
  }
}
