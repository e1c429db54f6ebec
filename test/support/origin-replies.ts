import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The ways in which an origin can answer a call or break it. */
export type Reply =
  | Answer
  | { readonly kind: 'huge'; readonly bytes: number }
  | { readonly kind: 'trickle'; readonly intervalMs: number; readonly opening?: string }
  | { readonly kind: 'halfway'; readonly opening?: string }
  | { readonly kind: 'reset' }
  | { readonly kind: 'silence' };

const JSON_TYPE = { 'content-type': 'application/json' };
const CHUNK_BYTES = 64 * 1024;

/**
 * A complete answer. It is a class, so that the result of a handler is either an `Answer` or plain
 * JSON.
 */
export class Answer {
  readonly kind = 'answer';

  constructor(
    readonly status: number,
    readonly headers: Record<string, string>,
    readonly body: string | Buffer,
  ) {}

  static json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
    return new Answer(status, { ...JSON_TYPE, ...headers }, JSON.stringify(value));
  }
}

export function send(reply: Reply, response: ServerResponse): void {
  switch (reply.kind) {
    case 'answer':
      response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) });
      response.end(reply.body);
      return;
    case 'huge':
      response.writeHead(200, JSON_TYPE);
      pipeline(Readable.from(longString(reply.bytes)), response).catch(() => undefined);
      return;
    case 'trickle':
      trickle(response, reply.intervalMs, reply.opening);
      return;
    case 'halfway':
      response.writeHead(200, { ...JSON_TYPE, 'content-length': 100 });
      response.write(reply.opening ?? '{"half":"an answ', () => response.destroy());
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'silence':
      return;
    default:
      reply satisfies never;
  }
}

/** Yields a JSON string of exactly this size in chunks. The response has no content length. */
function* longString(bytes: number): Generator<string> {
  yield '"';
  for (let left = bytes - 2; left > 0; left -= CHUNK_BYTES) yield 'a'.repeat(Math.min(left, CHUNK_BYTES));
  yield '"';
}

function trickle(response: ServerResponse, intervalMs: number, opening = '"'): void {
  response.writeHead(200, JSON_TYPE);
  response.write(opening);
  const timer = setInterval(() => response.write('a'), intervalMs);
  response.once('close', () => clearInterval(timer));
}
