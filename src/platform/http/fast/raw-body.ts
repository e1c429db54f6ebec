import type { Request, Response } from 'express';
import type { Socket } from 'node:net';
import { HttpProblem } from '../../../kernel/errors.js';
import type { RouteOptions } from '../route-options.js';

/** The largest body of a data dip, in bytes. */
const MAX_BODY_BYTES = 16 * 1024;
/** The largest event. EventBridge has the same limit. */
const MAX_EVENT_BYTES = 256 * 1024;
/** A refused body up to this size is read and discarded, so that the connection can be kept. */
const MAX_DISCARDED_BYTES = 64 * 1024;
/** How long a connection stays open after the answer to a larger body, in milliseconds. */
const LINGER_MS = 1000;

const LIMITS: Readonly<Record<RouteOptions['body'], number>> = {
  json: MAX_BODY_BYTES,
  event: MAX_EVENT_BYTES,
  form: MAX_BODY_BYTES,
};

/** The parts of a body in order, or the problem of a body that could not be read. */
export type BodyOutcome = readonly Buffer[] | HttpProblem;

/** A request whose body may be read. */
export interface BodyRequest extends Request {
  /** `true`: the caller sends its body after `100 Continue`. */
  awaitsContinue: boolean;
}

export function hasBody({ headers }: Pick<Request, 'headers'>): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** The problem that a head shows. A compressed body could be a decompression bomb. */
export function bodyProblem({ headers }: Request, kind: RouteOptions['body']): HttpProblem | undefined {
  const { 'content-length': length, 'content-encoding': encoding } = headers;
  if (encoding !== undefined && encoding !== 'identity') return NOT_JSON;
  return Number(length ?? 0) > LIMITS[kind] ? TOO_LARGE : undefined;
}

/**
 * Reads the bytes of a body.
 *
 * After the end of a body, its three listeners stay on the request, and do nothing. To remove them
 * would cost 1 % of a hit (Node 24).
 *
 * @param done gets the parts, or the problem of a body that is too large or was not sent whole
 * @param onChunk gets each part of the body when it arrives
 * @returns a function that ends the reading early, with a problem
 */
export function readRawBody(
  request: BodyRequest,
  kind: RouteOptions['body'],
  done: (outcome: BodyOutcome) => void,
  onChunk?: (chunk: Buffer) => void,
): (problem: HttpProblem) => void {
  const chunks: Buffer[] = [];
  const limit = LIMITS[kind];
  let size = 0;
  let isOver = false;
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > limit) endEarly(TOO_LARGE);
    else onChunk?.(chunk);
  };
  const onEnd = (): void => finish(chunks);
  // The caller has closed the connection. The stages after this stage must not run.
  const onError = (): void => finish(NOT_JSON);
  const finish = (outcome: BodyOutcome): void => {
    if (isOver) return;
    isOver = true;
    done(outcome);
  };
  const endEarly = (problem: HttpProblem): void => {
    request.off('data', onData).off('end', onEnd).off('error', onError);
    finish(problem);
  };
  if (request.awaitsContinue) request.res?.writeContinue();
  request.on('data', onData).on('end', onEnd).on('error', onError);
  return endEarly;
}

/**
 * Handles the body of a request that gets an answer without it. Call this before the answer is
 * sent.
 *
 * A small body is read and discarded. A larger body would cost more than the refusal: Datadip stops
 * reading and closes the connection after the answer. The connection lingers for `LINGER_MS`,
 * because a caller that still sends could lose the answer when the connection is closed at once.
 */
export function leaveBody(request: Request, response: Response): void {
  if (request.complete) return;
  request.on('error', () => undefined);
  const { 'content-length': length, 'transfer-encoding': transfer } = request.headers;
  if (transfer === undefined && Number(length) <= MAX_DISCARDED_BYTES) {
    request.resume();
    return;
  }
  if (!response.headersSent) response.setHeader('Connection', 'close');
  linger(request.socket);
}

/** Node calls `destroySoon` after the last answer of a connection. */
function linger(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    // Node resumes the connection after an answer, to discard the body.
    setImmediate(() => socket.pause());
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}

/** Joins the parts of a body. The copy is made only when the body is needed. */
export function whole(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}

/** Problems are created once: an error of JavaScript collects its stack, which costs 10 µs. */
export const NOT_JSON = new HttpProblem('invalid_json', 400, 'request body is not JSON');
const TOO_LARGE = new HttpProblem('body_too_large', 413, 'request body too large');
