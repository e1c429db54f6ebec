import { WARM_UP_CALLER, type Caller } from '../../contracts/caller.js';
import type { Clock } from '../../kernel/clock.js';
import type { DatadipRequest, RequestEndHandler } from '../http/request-context.js';
import { OTHER_METHOD, type HttpMetrics } from '../http/http.metrics.js';
import type { UnreadableLog } from '../http/unreadable-request.js';
import { ENTRY_HASH_LENGTH, type RequestLine, type RequestLines } from './request-lines.js';

/** The route of a request that ended before its route was looked up, such as a CORS preflight. */
const UNMATCHED = 'unmatched';

/**
 * Writes one log line and records one measurement per request, also for a request that the caller
 * abandons. Requests of the warm-up are left out. A response that stays open has no measurement,
 * because its minutes are no time to answer.
 *
 * The line names the declared route, never the URL of the request. For a dip, the line is also the
 * audit record: the caller, the tenant, the lookup, the entry, and how the cache answered. If the
 * dip has no answer, the line has the reason.
 */
export function accessLog(clock: Clock, lines: RequestLines, metrics: HttpMetrics): RequestEndHandler {
  return (request, response) => {
    if (request.caller === WARM_UP_CALLER) return;
    const durationMs = clock.nowMs() - request.arrivedAtMs;
    const route = request.routeMatch?.path ?? UNMATCHED;
    // 499: the caller closed the connection before the response was complete.
    const status = response.writableFinished ? response.statusCode : 499;
    if (request.routeMatch?.options.staysOpen !== true)
      metrics.requestFinished(route, request.method, status, durationMs / 1000);
    const { dip } = request;
    lines.write({
      requestId: request.requestId,
      route,
      method: request.method,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
      ...provenBy(request.caller),
      lookup: dip?.lookup.name,
      tenant: dip?.tenant,
      entry: entryHashOf(request),
      cache: request.cacheOutcome,
      reason: request.dipReason,
      trace_id: request.span?.traceId,
      span_id: request.span?.spanId,
    });
    writeParts(request, lines);
  };
}

/** The names of the caller and of its user in a line. */
function provenBy(caller: Caller | undefined): Pick<RequestLine, 'caller' | 'user'> {
  return { caller: caller?.name, user: caller?.user?.hash };
}

function entryHashOf({ dip }: DatadipRequest): string | undefined {
  return dip?.subject?.entryKey.slice(-ENTRY_HASH_LENGTH);
}

function writeParts({ requestId, caller, dip, dipParts }: DatadipRequest, lines: RequestLines): void {
  if (dipParts !== undefined)
    lines.writeParts({ requestId, caller: caller?.name, user: caller?.user?.hash, tenant: dip?.tenant }, dipParts);
}

/** Writes the log line, and records the measurement, of a request that no stage has seen. */
export function unreadableLog(lines: RequestLines, metrics: HttpMetrics): UnreadableLog {
  return (requestId, method = OTHER_METHOD, status) => {
    metrics.requestFinished(UNMATCHED, method, status, 0);
    lines.write({ requestId, route: UNMATCHED, method, status, durationMs: 0, ...WITHOUT_CALLER });
  };
}

const WITHOUT_CALLER = {
  caller: undefined,
  user: undefined,
  lookup: undefined,
  tenant: undefined,
  entry: undefined,
  cache: undefined,
  reason: undefined,
  trace_id: undefined,
  span_id: undefined,
};
