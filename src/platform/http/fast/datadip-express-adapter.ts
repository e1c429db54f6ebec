import type { RequestHandler } from '@nestjs/common/interfaces/http/http-server.interface.js';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, NextFunction, Response } from 'express';
import { REQUEST_ID } from '../../../contracts/headers.js';
import type { DatadipRequest } from '../request-context.js';
import type { RouteTable } from '../route-table.js';
import type { Middleware } from './compose-middleware.js';
import { createDatadipServer } from './datadip-server.js';
import { RouteHandlers } from './route-handlers.js';

/** The arguments with which Nest registers a handler. */
type Registration = [path: string, handler: RequestHandler] | [handler: RequestHandler];

/** The stages of every request, and the table that finds the routes. */
interface DirectDispatch {
  readonly stages: Middleware;
  readonly table: RouteTable;
}

/**
 * Nest's Express adapter on Datadip's own HTTP server, with direct dispatch (ADR 99).
 *
 * A request passes all stages before Express sees it. Then the handler runs that Nest has
 * registered for the route. Express gets the other requests: those that ended a stage with an
 * error, and those whose handler `RouteHandlers` does not find.
 *
 * Sets the request id on every response.
 *
 * Guarantees: each stage runs once for each request. Every error of a stage or of a handler reaches
 * Nest's error handling.
 *
 * Delete when: `route-handlers.ts` and `datadip-server.ts` are deleted. An interceptor can set the
 * request id then.
 */
export class DatadipExpressAdapter extends ExpressAdapter {
  private readonly handlers = new RouteHandlers();
  private direct: DirectDispatch | undefined;

  override initHttpServer(): void {
    this.httpServer = createDatadipServer(this.getInstance<Express>(), (request, response) => {
      this.receive(request as DatadipRequest, response as Response);
    });
  }

  /** Call this instead of `app.use(stages)`, before Nest registers its routes. */
  runDirectly(stages: Middleware, table: RouteTable): void {
    this.direct = { stages, table };
    this.use((request: DatadipRequest, _: Response, next: NextFunction) => next(request.failure));
  }

  // Callers wait only for GET and POST. Express finds the handlers of other methods.
  override get(...registration: Registration): unknown {
    this.handlers.add('GET', registration);
    return super.get(...(registration as [string, RequestHandler]));
  }

  override post(...registration: Registration): unknown {
    this.handlers.add('POST', registration);
    return super.post(...(registration as [string, RequestHandler]));
  }

  /** @throws {TypeError} always: Express would run the middleware, but direct dispatch would not */
  override createMiddlewareFactory(): never {
    throw new TypeError('a module registers middleware; allowed: a stage in app.pipeline.ts');
  }

  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    response.setHeader(REQUEST_ID, (response.req as DatadipRequest).requestId);
    return super.reply(response, body, statusCode);
  }

  private receive(request: DatadipRequest, response: Response): void {
    // Express does the same before its first layer.
    request.res = response;
    response.req = request;
    const { direct } = this;
    if (direct === undefined) {
      this.passToExpress(request, response);
      return;
    }
    try {
      direct.stages(request, response, (error?: unknown) => {
        if (error === undefined) this.handle(direct.table, request, response);
        else this.passToExpress(request, response, error);
      });
    } catch (error) {
      this.passToExpress(request, response, error);
    }
  }

  private handle(table: RouteTable, request: DatadipRequest, response: Response): void {
    const handler = this.handlers.find(request, table);
    if (handler === undefined) {
      this.passToExpress(request, response);
      return;
    }
    // Nest calls `next` only with an error: no handler of ours asks for `next`.
    const next = (error: unknown): void => this.passToExpress(request, response, error);
    (handler(request, response, next) as Promise<void>).catch(next);
  }

  /** @param failure the error of a stage or of a handler */
  private passToExpress(request: DatadipRequest, response: Response, failure?: unknown): void {
    request.failure = failure;
    this.getInstance<Express>()(request, response);
  }
}
