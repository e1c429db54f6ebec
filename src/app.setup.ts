import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { Clock } from './kernel/clock.js';
import { HouseAdapter } from './platform/http/house-adapter.js';
import { eventBody, jsonBody } from './platform/http/json-body.js';
import { ProblemFilter } from './platform/http/problem-filter.js';
import { requestContext } from './platform/http/request-context.js';
import { boundServer } from './platform/http/server-bounds.js';
import { accessLog } from './platform/logging/access-log.js';
import { NestLog } from './platform/logging/nest-log.js';
import { Metrics } from './platform/metrics/metrics.js';
import { SheddingMiddleware } from './shedding/shedding.middleware.js';

/**
 * Puts the application together. The order here is the way of a request:
 * context, access log, shedding, body; then, declared at the routes, caller guard, dip guard, cache interceptor, handler; and on every
 * failure the problem filter.
 */
export async function createApp(config: Config, log: Logger): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(config, log), new HouseAdapter(), {
    bodyParser: false,
    bufferLogs: true,
    // An error while the house is being put together is main's to tell, not to be swallowed with an exit.
    abortOnError: false,
  });
  app.useLogger(new NestLog(new PinoLogger({ pinoHttp: { logger: log } }), {}));
  app.disable('x-powered-by');
  // An answer to a data dip is never asked for conditionally, and hashing it would cost a tenth of a hit.
  app.set('etag', false);
  const clock = app.get(Clock);
  const shedding = app.get(SheddingMiddleware);
  app.use(requestContext(clock));
  app.use(accessLog(clock, log, app.get(Metrics)));
  app.use((request: Request, response: Response, next: NextFunction) => shedding.use(request, response, next));
  app.use(['/webhook', '/events'], eventBody());
  app.use(jsonBody());
  app.useGlobalFilters(new ProblemFilter(log));
  boundServer(app.getHttpServer());
  await app.init();
  return app;
}
