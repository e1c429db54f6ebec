import { HttpProblem } from '../../kernel/errors.js';
import type { Middleware } from './fast/compose-middleware.js';
import { sendProblem } from './problem-filter.js';
import type { DatadipRequest } from './request-context.js';

const NO_HOST = new HttpProblem('bad_request', 400, 'header `Host` missing');
const UNMET = new HttpProblem('bad_request', 417, 'unsupported header `Expect`; allowed: 100-continue');

/**
 * Refuses a request whose head HTTP does not allow, or asks for what Datadip does not do. Node
 * would answer such a request before any stage, without a body and without an access line.
 */
export const headCheck: Middleware = (incoming, response, next) => {
  const request = incoming as DatadipRequest;
  const problem = problemOf(request);
  if (problem === undefined) {
    next();
    return;
  }
  response.setHeader('Connection', 'close');
  sendProblem(response, problem, request.requestId);
};

/** `Host` is required since HTTP 1.1 (RFC 9112, section 3.2). */
function problemOf({ headers, httpVersionMinor, hasUnmetExpectation }: DatadipRequest): HttpProblem | undefined {
  if (headers.host === undefined && httpVersionMinor === 1) return NO_HOST;
  return hasUnmetExpectation ? UNMET : undefined;
}
