import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { HttpProblem } from '../kernel/errors.js';
import { sendProblem } from '../platform/http/problem-filter.js';
import type { DatadipRequest } from '../platform/http/request-context.js';
import { RouteTable } from '../platform/http/route-table.js';
import { InFlight } from '../platform/lifecycle/in-flight.js';
import { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { OverloadDetector } from './overload-detector.js';

/** By then another process has taken over, or the successor of this process is ready. */
const STOPPING_RETRY_AFTER_S = 2;
/** Most overloads end within a second. A longer overload refuses the repeated request too. */
const OVERLOADED_RETRY_AFTER_S = 1;

const STOPPING = new HttpProblem('stopping', 503, 'process is stopping', STOPPING_RETRY_AFTER_S);
const OVERLOADED = new HttpProblem('overloaded', 503, 'process is overloaded', OVERLOADED_RETRY_AFTER_S);

/** Refuses requests while the process stops or is overloaded, before the request costs anything. */
@Injectable()
export class SheddingMiddleware implements NestMiddleware {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly inFlight: InFlight,
    private readonly overload: OverloadDetector,
    private readonly routes: RouteTable,
  ) {}

  use(request: Request, response: Response, next: NextFunction): void {
    // A load balancer then sends the caller's next request to another process.
    if (this.lifecycle.state === 'draining') response.setHeader('Connection', 'close');
    const problem = this.problem();
    if (problem === undefined || this.routes.optionsOf(request).neverShed) {
      next();
      return;
    }
    response.setHeader('Connection', 'close');
    sendProblem(response, problem, (request as DatadipRequest).requestId);
  }

  private problem(): HttpProblem | undefined {
    if (this.lifecycle.state === 'stopping') return STOPPING;
    // The number does not contain this request yet: a request counts when its caller is known.
    return this.overload.isOverloaded(this.inFlight.requestsInFlight) ? OVERLOADED : undefined;
  }
}
