import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Answer } from '../exchange.js';

/** The `code` of each status that a switch can demand. Any other status gets the code of 500. */
const CODES: Readonly<Record<number, string>> = {
  400: 'bad.request',
  401: 'bad.credentials',
  403: 'not.authorized',
  404: 'not.found',
  408: 'request.timeout',
  429: 'too.many.requests.retry.after',
  503: 'service.unavailable',
  504: 'gateway.timeout',
};

/** An error body of the platform API, with the header that identifies the call in its logs. */
export function platformError(
  status: number,
  code: string,
  message: string,
  headers: OutgoingHttpHeaders = {},
): Answer {
  const contextId = randomUUID();
  const body = { message, code, status, contextId, details: [], errors: [] };
  return { status, body, headers: { 'inin-correlation-id': contextId, ...headers } };
}

export function tooManyRequests(retryAfterS: number): Answer {
  const message = `Rate limit exceeded the maximum. Retry the request in [${retryAfterS}] seconds`;
  return platformError(429, 'too.many.requests.retry.after', message, { 'retry-after': String(retryAfterS) });
}

/** A failure that the switches demand. */
export function failureAnswer(status: number, retryAfterS: number | null): Answer {
  if (status === 429 && retryAfterS !== null) return tooManyRequests(retryAfterS);
  const headers = retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) };
  return platformError(
    status,
    CODES[status] ?? 'internal.server.error',
    'Failed, as the sandbox switches demand',
    headers,
  );
}
