import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, Response } from 'express';
import { REQUEST_ID } from '../../../contracts/headers.js';
import { createDatadipServer } from './datadip-server.js';
import type { DatadipRequest } from '../request-context.js';

/**
 * Nest's Express adapter on Datadip's own HTTP server. Sets the request id on every response.
 *
 * Delete when: `datadip-server.ts` is deleted. An interceptor can set the request id then.
 */
export class DatadipExpressAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.httpServer = createDatadipServer(this.getInstance<Express>());
  }

  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    response.setHeader(REQUEST_ID, (response.req as DatadipRequest).requestId);
    return super.reply(response, body, statusCode);
  }
}
