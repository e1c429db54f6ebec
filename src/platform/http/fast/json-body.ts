import type { NextFunction, Request } from 'express';
import { HttpProblem } from '../../../kernel/errors.js';
import type { RouteOptions, RouteTable } from '../route-options.js';
import type { Middleware } from './compose-middleware.js';

/** The largest body of a data dip. Contract, section 3. */
const MAX_BODY_BYTES = 16 * 1024;
/** The largest event: EventBridge's own bound for one. */
const MAX_EVENT_BYTES = 256 * 1024;
/** Deeper is no event of anybody's, and would be walked by validators that call themselves until the stack is full. */
const MAX_DEPTH = 32;
/** A shorter body has no room for so many brackets. */
const MIN_DEEP_BYTES = 2 * MAX_DEPTH;

/** .NET puts it before what it sends; a reader may ignore it (RFC 8259, section 8.1). */
const BYTE_ORDER_MARK = 0xfeff;

/** What is noted of the bytes of a body. */
export interface BodyBytes {
  /** Where a signature may be over them, and where they need not be JSON. */
  rawBody?: Buffer;
}

/**
 * Reads any body as JSON in UTF-8, whatever its content type says: the platforms that call are not consistent about it, and nothing
 * else is ever expected (RFC 8259, section 8.1). No bytes are no body. Compressed bodies are refused: nobody compresses 16 KiB, and a
 * bomb would be unpacked before it is measured.
 *
 * Ours, because it is in the way of every hit: the library's reader decodes by tables and costs 3 µs more of a hit's 30.
 */
export function jsonBody(routes: RouteTable): Middleware {
  return (request, _response, next) => {
    const { 'content-length': length, 'transfer-encoding': transfer, 'content-encoding': encoding } = request.headers;
    if (length === undefined && transfer === undefined) {
      next();
      return;
    }
    const expected = EXPECTED[routes.optionsOf(request).body];
    if (encoding !== undefined && encoding !== 'identity') refuse(request, next, notJson());
    else if (Number(length ?? 0) > expected.limit) refuse(request, next, tooLarge());
    else collect(request, next, expected);
  };
}

interface Expected {
  readonly limit: number;
  readonly keepsRaw: boolean;
  readonly isJson: boolean;
}

const EXPECTED: Readonly<Record<RouteOptions['body'], Expected>> = {
  json: { limit: MAX_BODY_BYTES, keepsRaw: false, isJson: true },
  event: { limit: MAX_EVENT_BYTES, keepsRaw: true, isJson: true },
  form: { limit: MAX_BODY_BYTES, keepsRaw: true, isJson: false },
};

function collect(request: Request & BodyBytes, next: NextFunction, { limit, keepsRaw, isJson }: Expected): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > limit) done(tooLarge());
  };
  const onEnd = (): void => {
    const raw = Buffer.concat(chunks);
    if (keepsRaw) request.rawBody = raw;
    done(isJson ? parseInto(request, raw) : undefined);
  };
  // The sender went away: nobody is left to be answered, but the stages after must not run.
  const onError = (): void => done(notJson());
  const done = (refusal: HttpProblem | undefined): void => {
    request.off('data', onData).off('end', onEnd).off('error', onError);
    if (refusal === undefined) next();
    else refuse(request, next, refusal);
  };
  request.on('data', onData).on('end', onEnd).on('error', onError);
}

function parseInto(request: Request, raw: Buffer): HttpProblem | undefined {
  if (raw.length === 0) return undefined;
  try {
    const text = raw.toString('utf8');
    const body = JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text) as unknown;
    if (raw.length > MIN_DEEP_BYTES && isDeeper(body, MAX_DEPTH)) return tooDeep();
    request.body = body;
    return undefined;
  } catch {
    // The parser's message quotes the body, so it is not carried along.
    return notJson();
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1));
}

/** What is still coming is read and thrown away, so that the answer can be; the server's request time-out bounds it. */
function refuse(request: Request, next: NextFunction, refusal: HttpProblem): void {
  request.on('error', () => undefined).resume();
  next(refusal);
}

const notJson = (): HttpProblem => new HttpProblem('invalid_json', 400, 'the body is not JSON');
const tooDeep = (): HttpProblem => new HttpProblem('nested_value', 400, 'the body is nested too deeply');
const tooLarge = (): HttpProblem => new HttpProblem('body_too_large', 413, 'the body is too large');
