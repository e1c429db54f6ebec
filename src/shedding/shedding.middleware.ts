import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { RETRY_AFTER } from '../contracts/headers.js';
import { Refusal } from '../kernel/errors.js';
import { sendProblem } from '../platform/http/problem-filter.js';
import type { HouseRequest } from '../platform/http/request-context.js';
import { Lifecycle } from '../platform/lifecycle/lifecycle.js';

/** Probes and the on-call's routes are answered whatever the state: they are how one finds out. */
const NEVER_SHED = /^\/(health|metrics)(\/|$)/;
/** By then another process has taken over, or this one's successor is up. */
const STOPPING_RETRY_AFTER_S = 2;

/** First in the order: turns work away that this process should not take on, before anything is spent on it. */
@Injectable()
export class SheddingMiddleware implements NestMiddleware {
  constructor(private readonly lifecycle: Lifecycle) {}

  use(request: Request, response: Response, next: NextFunction): void {
    const shed = this.lifecycle.state === 'stopping' && !NEVER_SHED.test(request.path);
    if (shed) {
      this.refuse(request as HouseRequest, response);
      return;
    }
    next();
  }

  private refuse(request: HouseRequest, response: Response): void {
    response.setHeader(RETRY_AFTER, STOPPING_RETRY_AFTER_S);
    response.setHeader('Connection', 'close');
    sendProblem(response, new Refusal('stopping', 503, 'this process is stopping'), request.requestId);
  }
}
