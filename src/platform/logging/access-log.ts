import type { Request } from 'express';
import { WARM_UP_CALLER } from '../../contracts/caller.js';
import type { Clock } from '../../kernel/clock.js';
import type { RequestEndHandler } from '../http/request-context.js';
import type { HttpMetrics } from '../http/http.metrics.js';
import type { RequestLines } from './request-lines.js';

const ENTRY_HASH_LENGTH = 64;

/**
 * Every request leaves one line and one measurement, however it ends: the route as it is declared,
 * never the URL that was sent. For a dip it is the audit record as well: who asked for which data
 * of which tenant, and whether it was given.
 */
export function accessLog(clock: Clock, lines: RequestLines, metrics: HttpMetrics): RequestEndHandler {
  return (request, response) => {
    if (request.caller === WARM_UP_CALLER) return;
    const durationMs = clock.nowMs() - request.arrivedAtMs;
    const route = routeOf(request);
    // 499: the caller went away before the answer was written.
    const status = response.writableFinished ? response.statusCode : 499;
    metrics.requestFinished(route, request.method, status, durationMs / 1000);
    const { dip } = request;
    lines.write({
      requestId: request.requestId,
      route,
      method: request.method,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
      caller: request.caller?.name,
      lookup: dip?.lookup.name,
      tenant: dip?.tenant,
      entry: dip?.subject?.entryKey.slice(-ENTRY_HASH_LENGTH),
      cache: request.cacheOutcome,
    });
  };
}

/**
 * Express notes the declared path of the route it chose. A method nobody declares is as unmatched
 * as a path.
 */
function routeOf(request: Request): string {
  const route = request.route as { readonly path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : 'unmatched';
}
