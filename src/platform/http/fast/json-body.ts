import type { NextFunction, Request } from 'express';
import { declaredCharset, decodeText, isUtf8Label, UndecodableText } from '../../../kernel/decode-text.js';
import { HttpProblem } from '../../../kernel/errors.js';
import { parseJson } from '../../../kernel/json-text.js';
import type { RouteOptions, RouteTable } from '../route-options.js';
import type { Middleware } from './compose-middleware.js';

/** The largest body of a data dip. */
const MAX_BODY_BYTES = 16 * 1024;
/** The largest event. EventBridge has the same limit. */
const MAX_EVENT_BYTES = 256 * 1024;
/** No event is nested deeper, and recursive validators would overflow the stack. */
const MAX_DEPTH = 32;
/** A shorter body has no room for that many brackets. */
const MIN_DEEP_BYTES = 2 * MAX_DEPTH;

/** The bytes of a request body. */
export interface BodyBytes {
  /** Set on routes whose body may be signed, or need not be JSON. */
  rawBody?: Buffer;
}

/**
 * Reads every body as JSON, in its declared charset or in UTF-8 (RFC 8259, section 8.1). The media
 * type does not matter, because the calling platforms set it inconsistently. An empty body counts
 * as no body. A compressed body is refused: a decompression bomb would be unpacked before its size
 * is known.
 *
 * Guarantees: a number keeps all its digits, and bytes that are no text are refused with 400 or
 * 415. So an identifier always names what its sender meant.
 *
 * Every hit runs through this reader. The library's reader decodes by tables and costs 3 µs more,
 * of the 30 µs of a hit.
 *
 * Delete when: `express.json()` reads a small body without that difference.
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
    done(isJson ? parseInto(request, raw) : checkForm(request, raw));
  };
  // The caller has closed the connection. The stages after this stage must not run.
  const onError = (): void => done(notJson());
  const done = (problem: HttpProblem | undefined): void => {
    request.off('data', onData).off('end', onEnd).off('error', onError);
    if (problem === undefined) next();
    else refuse(request, next, problem);
  };
  request.on('data', onData).on('end', onEnd).on('error', onError);
}

function parseInto(request: Request, raw: Buffer): HttpProblem | undefined {
  if (raw.length === 0) return undefined;
  try {
    const body = parseJson(decodeText(raw, declaredCharset(request.headers['content-type'])));
    if (raw.length > MIN_DEEP_BYTES && isDeeper(body, MAX_DEPTH)) return tooDeep();
    request.body = body;
    return undefined;
  } catch (error) {
    // The parser's message quotes the body, so the problem does not repeat it.
    return error instanceof UndecodableText ? notText(error) : notJson();
  }
}

/**
 * A handler reads a form as UTF-8. So a form in another charset passes only if it is the same text
 * in both, its percent escapes included.
 */
function checkForm({ headers }: Request, raw: Buffer): HttpProblem | undefined {
  const charset = declaredCharset(headers['content-type']);
  if (charset === undefined || isUtf8Label(charset)) return undefined;
  try {
    const text = decodeText(raw, charset);
    return text === raw.toString('utf8') && !/%[89a-f]/i.test(text) ? undefined : unsupportedCharset();
  } catch {
    return unsupportedCharset();
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

/**
 * Reads and discards the rest of the body, so that the caller can read the response. The server's
 * request timeout limits how long that takes.
 */
function refuse(request: Request, next: NextFunction, problem: HttpProblem): void {
  request.on('error', () => undefined).resume();
  next(problem);
}

const notJson = (): HttpProblem => new HttpProblem('invalid_json', 400, 'request body is not JSON');
const notText = ({ fault }: UndecodableText): HttpProblem =>
  fault === 'malformed'
    ? new HttpProblem('invalid_json', 400, 'request body is not text in its charset (default UTF-8)')
    : unsupportedCharset();
const unsupportedCharset = (): HttpProblem =>
  new HttpProblem('unsupported_charset', 415, 'charset of the request body is not supported; send UTF-8');
const tooDeep = (): HttpProblem => new HttpProblem('nested_value', 400, 'request body nested too deeply');
const tooLarge = (): HttpProblem => new HttpProblem('body_too_large', 413, 'request body too large');
