import { ExpressAdapter } from '@nestjs/platform-express';
import type { Response } from 'express';
import { REQUEST_ID } from '../../contracts/headers.js';
import { PreparedAnswer } from './prepared-answer.js';
import type { HouseRequest } from './request-context.js';

/** Nest's Express adapter, taught to send an answer that is text already, and to name the request in every other. */
export class HouseAdapter extends ExpressAdapter {
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    const request = response.req as HouseRequest;
    if (body instanceof PreparedAnswer) {
      request.cacheOutcome = body.cacheOutcome;
      body.writeTo(response, request.requestId);
      return undefined;
    }
    response.setHeader(REQUEST_ID, request.requestId);
    return super.reply(response, body, statusCode);
  }
}
