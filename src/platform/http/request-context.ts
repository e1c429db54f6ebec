import type { ArgumentsHost } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { Caller } from '../../contracts/caller.js';
import type { DipReason, RequestedEntry } from '../../contracts/dip.js';
import type { Clock } from '../../kernel/clock.js';
import { Deadline } from '../../kernel/deadline.js';
import { HttpProblem } from '../../kernel/errors.js';
import type { Span } from '../tracing/span.js';
import type { Connections } from './connections.js';
import type { BodyBytes } from './fast/json-body.js';
import type { CacheOutcome } from './fast/prepared-answer.js';
import type { RouteMatch } from './route-table.js';

/** A part of a composed dip. */
export interface DipPart {
  readonly lookup: string;
  /** `undefined` means that the part read no entry. */
  readonly entryKey: string | undefined;
  /** `undefined` means that the part was not asked. */
  readonly cache: CacheOutcome | undefined;
  /** The `error` of the part. `undefined` means that the part has an answer, or was not asked. */
  readonly reason: DipReason | undefined;
}

/**
 * A request of Datadip. Each stage writes what it found out onto the request, for the stages after
 * it.
 */
export interface DatadipRequest extends Request, BodyBytes {
  /** When the request arrived, in milliseconds of the service's `Clock`. */
  arrivedAtMs: number;
  /** Until when the caller waits for the answer. The only deadline of the request. */
  deadline: Deadline;
  requestId: string;
  /** Written by `RouteTable.matchOf`. */
  routeMatch?: RouteMatch | undefined;
  /** The error of a stage or of a handler, for Nest's error handling in Express. */
  failure?: unknown;
  /** Written by the caller gate. */
  caller?: Caller;
  /** `true` while the request occupies a place of `MAX_IN_FLIGHT`. */
  isCounted: boolean;
  /** `true` once the answer is sent or the connection is closed. */
  isOver: boolean;
  /** `true`: the caller sends its body after `100 Continue`. */
  awaitsContinue: boolean;
  /** `true`: the header `Expect` asks for something that Datadip does not do. */
  hasUnmetExpectation: boolean;
  /** Written by the lookup guard, on routes that answer a dip. */
  dip?: RequestedEntry;
  /** The parts of a composed dip, for the access log. */
  dipParts?: readonly DipPart[];
  /** How the cache answered the dip, for the access log. */
  cacheOutcome?: CacheOutcome;
  /** The `error` of the answer, for the access log. Not set if the dip has an answer. */
  dipReason?: DipReason;
  /** The span of a traced request. */
  span?: Span;
}

/**
 * A request id that a caller may choose. Any other id is replaced, because the id is written to the
 * log. Among the ids in use are base64 (AWS API Gateway), `Root=1-…;Parent=…` (AWS load balancers)
 * and `|…` (.NET).
 */
const ACCEPTABLE_ID = /^[A-Za-z0-9._:;=+/~|-]{1,128}$/;

/**
 * The request of a guard or of a parameter decorator. Nest's `switchToHttp()` creates three
 * closures at every call, which two guards and a decorator would add to every hit.
 */
export function requestOf(context: ArgumentsHost): DatadipRequest {
  return context.getArgByIndex<DatadipRequest>(0);
}

/** @throws {HttpProblem} 401 if the caller gate has not authenticated the request */
export function callerOf({ caller }: DatadipRequest): Caller {
  if (caller === undefined) throw new HttpProblem('unauthenticated', 401, 'valid credentials required');
  return caller;
}

/** Runs when a request is over: the response is sent, or the caller has closed the connection. */
export type RequestEndHandler = (request: DatadipRequest, response: Response) => void;

/** The values that the deadline of every request is computed from. */
export interface DeadlineTerms {
  readonly clock: Clock;
  /** The longest a caller waits, in milliseconds, counted from the arrival of the request. */
  readonly deadlineMs: number;
}

/** The first stage of every request, and the end of it. */
export interface RequestContext {
  readonly stage: (request: Request, response: Response, next: NextFunction) => void;
  /** Runs the end handlers of a request, unless they have run. */
  readonly endRequest: (request: IncomingMessage) => void;
}

/**
 * The first stage of every request. Stores the arrival time, the deadline and the request id on the
 * request. Runs the end handlers when the request is over.
 *
 * All end handlers share one listener: on a near hit a listener costs more than the handler it
 * calls.
 */
export function requestContext(
  { clock, deadlineMs }: DeadlineTerms,
  connections: Connections,
  endHandlers: readonly RequestEndHandler[],
): RequestContext {
  function endRequest(incoming: IncomingMessage): void {
    const request = incoming as DatadipRequest;
    if (request.isOver) return;
    request.isOver = true;
    connections.requestEnded(request);
    for (const handler of endHandlers) handler(request, request.res as Response);
  }
  function responseClosed(this: Response): void {
    endRequest(this.req);
  }
  const stage = (incoming: Request, response: Response, next: NextFunction): void => {
    const request = incoming as DatadipRequest;
    response.on('close', responseClosed);
    const arrivedAtMs = clock.nowMs();
    request.arrivedAtMs = arrivedAtMs;
    request.deadline = new Deadline(clock, arrivedAtMs + deadlineMs);
    const callerId = request.headers['x-request-id'];
    request.requestId = typeof callerId === 'string' && ACCEPTABLE_ID.test(callerId) ? callerId : randomUUID();
    if (connections.requestStarted(request)) next();
  };
  return { stage, endRequest };
}
