import type { Request } from 'express';
import { WARM_UP_CALLER } from '../../contracts/caller.js';
import type { Clock } from '../../kernel/clock.js';
import type { RequestEndHandler } from '../http/request-context.js';
import type { HttpMetrics } from '../http/http.metrics.js';
import type { RequestLines } from './request-lines.js';

const ENTRY_HASH_LENGTH = 64;

/**
 * Writes one log line and records one measurement per request, also for a request that the caller
 * abandons. Requests of the warm-up are left out.
 *
 * The line names the declared route, never the URL of the request. For a dip, the line is also the
 * audit record: the caller, the tenant, the lookup, the entry, and how the cache answered.
 */
export function accessLog(clock: Clock, lines: RequestLines, metrics: HttpMetrics): RequestEndHandler {
  return (request, response) => {
    if (request.caller === WARM_UP_CALLER) return;
    const durationMs = clock.nowMs() - request.arrivedAtMs;
    const route = routeOf(request);
    // 499: the caller closed the connection before the response was complete.
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
 * Express stores the declared path of the matched route on the request. A path without a route is
 * `unmatched`, and so is a method without a route.
 */
function routeOf(request: Request): string {
  const route = request.route as { readonly path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : 'unmatched';
}
