import type { ArgumentsHost } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { Caller } from '../../contracts/caller.js';
import type { Dip } from '../../contracts/dip.js';
import type { Clock } from '../../kernel/clock.js';
import { Deadline } from '../../kernel/deadline.js';
import { HttpProblem } from '../../kernel/errors.js';
import type { BodyBytes } from './fast/json-body.js';
import type { CacheOutcome } from './fast/prepared-answer.js';

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
  /** Written by the caller guard. */
  caller?: Caller;
  /** Written by the lookup guard, on routes that answer a dip. */
  dip?: Dip;
  /** How the cache answered the dip, for the access log. */
  cacheOutcome?: CacheOutcome;
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

/** @throws {HttpProblem} 401 if the caller guard has not authenticated the request */
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

/**
 * The first stage of every request. Stores the arrival time, the deadline and the request id on the
 * request. Runs the end handlers when the request is over.
 *
 * All end handlers share one listener: on a near hit a listener costs more than the handler it
 * calls.
 */
export function requestContext(
  { clock, deadlineMs }: DeadlineTerms,
  requestStarted: () => void,
  endHandlers: readonly RequestEndHandler[],
) {
  function requestEnded(this: Response): void {
    for (const handler of endHandlers) handler(this.req as DatadipRequest, this);
  }
  return (incoming: Request, response: Response, next: NextFunction): void => {
    const request = incoming as DatadipRequest;
    requestStarted();
    response.on('close', requestEnded);
    const arrivedAtMs = clock.nowMs();
    request.arrivedAtMs = arrivedAtMs;
    request.deadline = new Deadline(clock, arrivedAtMs + deadlineMs);
    const callerId = request.headers['x-request-id'];
    request.requestId = typeof callerId === 'string' && ACCEPTABLE_ID.test(callerId) ? callerId : randomUUID();
    next();
  };
}
