import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { HttpProblem } from '../kernel/errors.js';
import { sendProblem } from '../platform/http/problem-filter.js';
import type { DatadipRequest } from '../platform/http/request-context.js';
import { RouteTable } from '../platform/http/route-options.js';
import { InFlight } from '../platform/lifecycle/in-flight.js';
import { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { OverloadDetector } from './overload-detector.js';

/** By then another process has taken over, or this one's successor is up. */
const STOPPING_RETRY_AFTER_S = 2;
/** Overload is over when a second's work has been worked off, or it is not over soon. */
const OVERLOADED_RETRY_AFTER_S = 1;

const STOPPING = new HttpProblem('stopping', 503, 'this process is stopping', STOPPING_RETRY_AFTER_S);
const OVERLOADED = new HttpProblem('overloaded', 503, 'this process has too much to do', OVERLOADED_RETRY_AFTER_S);

/** Turns work away that this process should not take on, before anything is spent on it. */
@Injectable()
export class SheddingMiddleware implements NestMiddleware {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly inFlight: InFlight,
    private readonly overload: OverloadDetector,
    private readonly routes: RouteTable,
  ) {}

  use(request: Request, response: Response, next: NextFunction): void {
    const refusal = this.refusal();
    if (refusal === undefined || this.routes.optionsOf(request).neverShed) {
      next();
      return;
    }
    // To another process, if there is one.
    response.setHeader('Connection', 'close');
    sendProblem(response, refusal, (request as DatadipRequest).requestId);
  }

  private refusal(): HttpProblem | undefined {
    if (this.lifecycle.state === 'stopping') return STOPPING;
    // The one that is asked for is among them.
    return this.overload.isOverloaded(this.inFlight.requestsUp - 1) ? OVERLOADED : undefined;
  }
}
