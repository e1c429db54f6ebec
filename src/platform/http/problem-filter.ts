import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { REQUEST_ID, RETRY_AFTER } from '../../contracts/headers.js';
import { OAuthProblem, HttpProblem, StoreUnavailable } from '../../kernel/errors.js';
import { describeError } from '../logging/describe-error.js';
import type { DatadipRequest } from './request-context.js';

/** Redis is usually available again after this time. Senders of events retry for much longer. */
const STORE_RETRY_AFTER_S = 2;

/** RFC 9110 requires a challenge with every 401. */
const CHALLENGE = 'Basic realm="datadip", Bearer realm="datadip"';

/**
 * A problem document (RFC 9457), which reveals no internal error. A document repeats nothing that
 * the caller sent, except a wrong word about skills.
 */
interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** The code once more, for OAuth clients (RFC 6749, section 5.2). */
  readonly error?: string;
}

/** Turns every thrown error into a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<DatadipRequest>();
    const response = http.getResponse<Response>();
    const problem = asProblem(thrown);
    if (problem.code === 'internal_error') {
      this.log.error(
        { requestId: request.requestId, error: describeError(thrown) },
        'request failed with an internal error',
      );
    }
    if (response.headersSent) return void response.destroy();
    sendProblem(response, problem, request.requestId);
  }
}

/**
 * Sends a problem document. The shedding middleware calls it too, before Nest handles the request.
 */
export function sendProblem(response: Response, problem: HttpProblem, requestId: string): void {
  const { status, message, code, retryAfterS } = problem;
  const error = problem instanceof OAuthProblem ? { error: code } : {};
  const document: Problem = { type: 'about:blank', title: message, status, code, requestId, ...error };
  if (status === 401) response.setHeader('WWW-Authenticate', CHALLENGE);
  if (retryAfterS !== undefined) response.setHeader(RETRY_AFTER, retryAfterS);
  response.setHeader(REQUEST_ID, requestId);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.status(status).type('application/problem+json').send(JSON.stringify(document));
}

function asProblem(thrown: unknown): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  if (thrown instanceof StoreUnavailable) {
    return new HttpProblem('store_unavailable', 503, 'shared store unavailable', STORE_RETRY_AFTER_S);
  }
  if (thrown instanceof HttpException) return fromNest(thrown);
  return new HttpProblem('internal_error', 500, 'internal error');
}

function fromNest(thrown: HttpException): HttpProblem {
  const status = thrown.getStatus();
  if (status === 404) return new HttpProblem('not_found', 404, 'unknown address');
  if (status < 500) return new HttpProblem('bad_request', status, 'malformed request');
  return new HttpProblem('internal_error', status, 'internal error');
}
