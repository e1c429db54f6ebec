import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, Response } from 'express';
import { REQUEST_ID } from '../../../contracts/headers.js';
import { createDatadipServer } from './datadip-server.js';
import type { DatadipRequest } from '../request-context.js';

/** Nest's Express adapter, with our server under it, and taught to name the request in every answer. */
export class DatadipExpressAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.httpServer = createDatadipServer(this.getInstance<Express>());
  }

  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    response.setHeader(REQUEST_ID, (response.req as DatadipRequest).requestId);
    return super.reply(response, body, statusCode);
  }
}
