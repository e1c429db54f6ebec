import type { NextFunction, Response } from 'express';
import { declaredCharset, decodeText, isUtf8Label, UndecodableText } from '../../../kernel/decode-text.js';
import { HttpProblem } from '../../../kernel/errors.js';
import { parseJson } from '../../../kernel/json-text.js';
import type { RouteTable } from '../route-table.js';
import type { Middleware } from './compose-middleware.js';
import { nestingProblem } from './nesting.js';
import { bodyProblem, hasBody, leaveBody, NOT_JSON, readRawBody, whole, type BodyRequest } from './raw-body.js';

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
 * The stage reads only bodies of known callers. The caller gate reads the bodies that it needs to
 * find the caller, and leaves their bytes on the request.
 *
 * Every hit runs through this reader. The library's reader decodes by tables and costs 3 µs more,
 * of the 30 µs of a hit.
 *
 * Delete when: `express.json()` reads a small body without that difference.
 */
export function jsonBody(routes: RouteTable): Middleware {
  return (incoming, response, next) => {
    const request = incoming as KnownRequest;
    const { body } = routes.optionsOf(request);
    if (body === 'form') next(formProblem(request, request.rawBody));
    else if (request.rawBody !== undefined) next(parseInto(request, request.rawBody));
    else if (!hasBody(request)) next();
    else if (request.caller === undefined) skip(request, response, next);
    else read(request, response, body, next);
  };
}

/** A request that the caller gate has admitted. `caller` is `undefined` on open routes. */
interface KnownRequest extends BodyRequest, BodyBytes {
  readonly caller?: unknown;
}

/** No open route reads JSON. */
function skip(request: KnownRequest, response: Response, next: NextFunction): void {
  leaveBody(request, response);
  next();
}

function read(request: KnownRequest, response: Response, kind: 'json' | 'event', next: NextFunction): void {
  const refuse = (problem: HttpProblem): void => {
    leaveBody(request, response);
    next(problem);
  };
  const problem = bodyProblem(request, kind);
  if (problem !== undefined) {
    refuse(problem);
    return;
  }
  readRawBody(request, kind, (outcome) => {
    if (outcome instanceof HttpProblem) {
      refuse(outcome);
      return;
    }
    const raw = whole(outcome);
    if (kind === 'event') request.rawBody = raw;
    next(parseInto(request, raw));
  });
}

function parseInto(request: KnownRequest, raw: Buffer): HttpProblem | undefined {
  if (raw.length === 0) return undefined;
  try {
    const text = decodeText(raw, declaredCharset(request.headers['content-type']));
    const problem = nestingProblem(text);
    if (problem !== undefined) return problem;
    request.body = parseJson(text);
    return undefined;
  } catch (error) {
    // The parser's message quotes the body, so the problem does not repeat it.
    return error instanceof UndecodableText ? notText(error) : NOT_JSON;
  }
}

/**
 * A handler reads a form as UTF-8. So a form in another charset passes only if it is the same text
 * in both, its percent escapes included.
 */
function formProblem({ headers }: KnownRequest, raw: Buffer | undefined): HttpProblem | undefined {
  const charset = declaredCharset(headers['content-type']);
  if (raw === undefined || charset === undefined || isUtf8Label(charset)) return undefined;
  try {
    const text = decodeText(raw, charset);
    return text === raw.toString('utf8') && !/%[89a-f]/i.test(text) ? undefined : UNSUPPORTED_CHARSET;
  } catch {
    return UNSUPPORTED_CHARSET;
  }
}

const notText = ({ fault }: UndecodableText): HttpProblem => (fault === 'malformed' ? NOT_TEXT : UNSUPPORTED_CHARSET);
const NOT_TEXT = new HttpProblem('invalid_json', 400, 'request body is not text in its charset (default UTF-8)');
const UNSUPPORTED_CHARSET = new HttpProblem(
  'unsupported_charset',
  415,
  'charset of the request body is not supported; send UTF-8',
);
