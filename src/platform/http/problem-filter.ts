import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { REQUEST_ID, RETRY_AFTER } from '../../contracts/headers.js';
import { OAuthProblem, HttpProblem, StoreUnavailable } from '../../kernel/errors.js';
import { describeError } from '../logging/describe-error.js';
import type { DatadipRequest } from './request-context.js';

/** By then the store has usually been found again; whoever sends events retries for much longer. */
const STORE_RETRY_AFTER_S = 2;

/** RFC 9110 wants a challenge with every 401. */
const CHALLENGE = 'Basic realm="datadip", Bearer realm="datadip"';

/** RFC 9457. Never repeats anything the caller sent, and never says what went wrong inside. */
interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** RFC 6749, section 5.2. */
  readonly error?: string;
}

/** Turns whatever was thrown into one problem document, in one place. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<DatadipRequest>();
    const response = http.getResponse<Response>();
    const refusal = asProblem(thrown);
    if (refusal.code === 'internal_error') {
      this.log.error({ requestId: request.requestId, error: describeError(thrown) }, 'a request failed inside');
    }
    if (response.headersSent) return void response.destroy();
    sendProblem(response, refusal, request.requestId);
  }
}

/** Also for who turns work away before Nest sees it. */
export function sendProblem(response: Response, refusal: HttpProblem, requestId: string): void {
  const { status, message, code, retryAfterS } = refusal;
  const error = refusal instanceof OAuthProblem ? { error: code } : {};
  const problem: Problem = { type: 'about:blank', title: message, status, code, requestId, ...error };
  if (status === 401) response.setHeader('WWW-Authenticate', CHALLENGE);
  if (retryAfterS !== undefined) response.setHeader(RETRY_AFTER, retryAfterS);
  response.setHeader(REQUEST_ID, requestId);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.status(status).type('application/problem+json').send(JSON.stringify(problem));
}

function asProblem(thrown: unknown): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  if (thrown instanceof StoreUnavailable) {
    return new HttpProblem('store_unavailable', 503, 'the shared store cannot take this now', STORE_RETRY_AFTER_S);
  }
  if (thrown instanceof HttpException) return fromNest(thrown);
  return new HttpProblem('internal_error', 500, 'the request failed');
}

function fromNest(thrown: HttpException): HttpProblem {
  const status = thrown.getStatus();
  if (status === 404) return new HttpProblem('not_found', 404, 'there is nothing at this address');
  if (status < 500) return new HttpProblem('bad_request', status, 'the request cannot be understood');
  return new HttpProblem('internal_error', status, 'the request failed');
}
