import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import cors from 'cors';
import { PinoLogger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { Clock } from './kernel/clock.js';
import { ApiDocument } from './modules/api-docs/api-document.js';
import { CallerGate } from './modules/auth/caller.gate.js';
import { Connections } from './platform/http/connections.js';
import { corsOptions } from './platform/http/cors-options.js';
import { DatadipExpressAdapter } from './platform/http/fast/datadip-express-adapter.js';
import { composeMiddleware, type Middleware } from './platform/http/fast/compose-middleware.js';
import { jsonBody } from './platform/http/fast/json-body.js';
import { headCheck } from './platform/http/head-check.js';
import { ProblemFilter } from './platform/http/problem-filter.js';
import { requestContext, type RequestContext } from './platform/http/request-context.js';
import { RouteTable } from './platform/http/route-table.js';
import { secureHeaders } from './platform/http/secure-headers.js';
import { applyServerTimeouts } from './platform/http/server-timeouts.js';
import { respondToUnreadableRequests } from './platform/http/unreadable-request.js';
import { InFlight } from './platform/lifecycle/in-flight.js';
import { accessLog, unreadableLog } from './platform/logging/access-log.js';
import { NestLog } from './platform/logging/nest-log.js';
import type { RequestLines } from './platform/logging/request-lines.js';
import type { Logs } from './platform/logging/root-logger.js';
import { loadTracing } from './platform/tracing/load-tracing.js';
import type { Tracing } from './platform/tracing/tracing.js';
import { HttpMetrics } from './platform/http/http.metrics.js';
import { RequestLimits } from './shedding/request-limits.js';
import { SheddingMiddleware } from './shedding/shedding.middleware.js';

/**
 * Creates the application. A request passes these stages in order:
 *
 * 1. request context, which writes the access log line when the request ends;
 * 2. CORS, if browser origins are declared;
 * 3. head check;
 * 4. shedding middleware;
 * 5. secure headers, unless the route declares that it does without them;
 * 6. caller gate, which authenticates the caller;
 * 7. JSON body;
 * 8. tracing, if it is configured;
 * 9. caller guard;
 * 10. the guard or interceptor that the route declares: lookup guard or cache interceptor;
 * 11. the parameter decorators of the handler, such as the lookup decorator (`ValidatedDip`);
 * 12. the handler of the route.
 *
 * No expensive stage comes before the caller gate. The problem filter turns an error of any stage
 * into a problem document.
 */
export async function createApp(config: Config, logs: Logs): Promise<NestExpressApplication> {
  const { log, requests } = logs;
  const loaded = await loadTracing(config, log);
  const adapter = new DatadipExpressAdapter();
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.register(config, logs, loaded?.modules),
    adapter,
    {
      bodyParser: false,
      bufferLogs: true,
      // `main.ts` reports an error of the start. By default Nest would exit without a report.
      abortOnError: false,
    },
  );
  app.useLogger(new NestLog(new PinoLogger({ pinoHttp: { logger: log } }), {}));
  app.disable('x-powered-by');
  // No caller sends a conditional request for a data dip, and an ETag costs a tenth of a hit.
  app.set('etag', false);
  const tracing = loaded?.of(app);
  const context = contextOf(app, config.deadlineMs, requests, tracing);
  adapter.runDirectly(stagesOf(app, config, context.stage, tracing), app.get(RouteTable));
  app.useGlobalFilters(new ProblemFilter(log));
  app.get(ApiDocument).describe(app);
  const server = app.getHttpServer();
  applyServerTimeouts(server);
  app.get(Connections).watch(server, context.endRequest);
  respondToUnreadableRequests(server, unreadableLog(requests, app.get(HttpMetrics)));
  await app.init();
  return app;
}

/** The stages before Nest's own routing, the same for every route. */
function stagesOf(
  app: NestExpressApplication,
  { corsOrigins }: Config,
  context: Middleware,
  tracing: Pick<Tracing, 'stage'> | undefined,
): Middleware {
  const [shedding, gate, routes] = [app.get(SheddingMiddleware), app.get(CallerGate), app.get(RouteTable)];
  return composeMiddleware(
    context,
    ...(corsOrigins.length === 0 ? [] : [cors(corsOptions(corsOrigins))]),
    headCheck,
    (request, response, next) => shedding.use(request, response, next),
    secureHeaders(routes),
    (request, response, next) => gate.use(request, response, next),
    jsonBody(routes),
    ...(tracing === undefined ? [] : [tracing.stage]),
  );
}

function contextOf(
  app: NestExpressApplication,
  deadlineMs: number,
  requests: RequestLines,
  tracing: Pick<Tracing, 'requestEnded'> | undefined,
): RequestContext {
  const [clock, inFlight, limits] = [app.get(Clock), app.get(InFlight), app.get(RequestLimits)];
  return requestContext({ clock, deadlineMs }, app.get(Connections), [
    (request) => inFlight.requestEnded(request),
    (request) => limits.release(request),
    accessLog(clock, requests, app.get(HttpMetrics)),
    ...(tracing === undefined ? [] : [tracing.requestEnded]),
  ]);
}
