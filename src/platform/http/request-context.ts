import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { Caller } from '../../contracts/caller.js';
import type { Dip } from '../../contracts/dip.js';
import type { Clock } from '../../kernel/clock.js';
import { HttpProblem } from '../../kernel/errors.js';
import type { BodyBytes } from './fast/json-body.js';
import type { CacheOutcome } from './fast/prepared-answer.js';

/** A request as the house knows it: what the stages before have found out stands on it for the stages after. */
export interface DatadipRequest extends Request, BodyBytes {
  /** When it arrived, on the house's clock. */
  arrivedAtMs: number;
  requestId: string;
  caller?: Caller;
  dip?: Dip;
  /** Where the answer of a dip came from, for the access log. */
  cacheOutcome?: CacheOutcome;
}

/**
 * A request id that a caller may choose: anything else is replaced, because it is written to the log. Among those in use are base64 (AWS API
 * Gateway), `Root=1-…;Parent=…` (AWS load balancers) and `|…` (.NET).
 */
const ACCEPTABLE_ID = /^[A-Za-z0-9._:;=+/~|-]{1,128}$/;

/** @throws {HttpProblem} 401 where the caller guard has not let anybody in */
export function callerOf({ caller }: DatadipRequest): Caller {
  if (caller === undefined) throw new HttpProblem('unauthenticated', 401, 'valid credentials are needed');
  return caller;
}

/** What is to be done about every request when it is over, answered or left. */
export type RequestEndHandler = (request: DatadipRequest, response: Response) => void;

/**
 * First of all: notes the arrival, which every deadline is counted from, names the request, and sees to its end.
 *
 * One listener for all endings: on a near hit each costs more than what it listens for.
 */
export function requestContext(clock: Clock, began: () => void, endings: readonly RequestEndHandler[]) {
  function ended(this: Response): void {
    for (const ending of endings) ending(this.req as DatadipRequest, this);
  }
  return (incoming: Request, response: Response, next: NextFunction): void => {
    const request = incoming as DatadipRequest;
    began();
    response.on('close', ended);
    request.arrivedAtMs = clock.nowMs();
    const given = request.headers['x-request-id'];
    request.requestId = typeof given === 'string' && ACCEPTABLE_ID.test(given) ? given : randomUUID();
    next();
  };
}
