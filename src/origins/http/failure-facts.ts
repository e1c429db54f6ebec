import { AxiosError, type AxiosResponse } from 'axios';
import { OriginFailure, type OriginFailureDetails, type OriginFault } from '../../kernel/errors.js';
import { faultOfCode } from '../network-faults.js';
import { proxyFailureOf } from './proxy-failure.js';

/** The beginning of the errors of Node's HTTP parser. */
const PARSER_FAULT = 'HPE_';
/** The form of the error codes of Node. */
export const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
/**
 * The beginning of axios' message for an answer above the limit. The code of this error is not
 * specific.
 */
const TOO_LARGE = 'maxContentLength';
/**
 * A media type of RFC 6838, section 4.2. Any other text is not logged, because an origin may write
 * any text there.
 */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/;

/**
 * Adds to a failure what the log says about the answer: status, media type, fault.
 *
 * @param tokenNumber the token of the call; with a token, a 401 is repeated, so it is not final
 */
export function withAnswerFacts(
  error: unknown,
  { status, headers }: Pick<AxiosResponse, 'status' | 'headers'>,
  tokenNumber: number | undefined,
): unknown {
  if (!(error instanceof OriginFailure)) return error;
  // A system may answer 403 because of too many calls.
  const isLimit = error.code === 'origin_rate_limited';
  const isRefusal = !isLimit && (status === 403 || (status === 401 && tokenNumber === undefined));
  return withDetails(error, {
    fault: error.details.fault ?? faultOfStatus(status),
    status,
    contentType: mediaType(headers['content-type']),
    ...(isRefusal ? { credentialsRefused: true } : {}),
  });
}

/** Adds to a failure what the log says about the error of a call without an answer. */
export function withErrorFacts(failure: OriginFailure, error: unknown): OriginFailure {
  if (!(error instanceof AxiosError)) return failure;
  const proxy = proxyFailureOf(error);
  if (proxy !== undefined)
    return withDetails(failure, { fault: proxy.fault, errorCode: proxy.code, status: proxy.status });
  if (error.message.startsWith(TOO_LARGE)) return withDetails(failure, { fault: 'too_large', alive: true });
  const code = error.code ?? '';
  return withDetails(failure, { fault: httpFaultOfCode(code), errorCode: ERROR_CODE.test(code) ? code : undefined });
}

function withDetails(failure: OriginFailure, details: OriginFailureDetails): OriginFailure {
  return new OriginFailure(failure.code, failure.message, { ...failure.details, ...details });
}

function faultOfStatus(status: number): OriginFault {
  if (status === 401 || status === 403) return 'credentials_refused';
  // A proxy that wants credentials sends this status for a request without TLS.
  if (status === 407) return 'proxy_refused';
  if (status === 429) return 'rate_limited';
  return status >= 200 && status < 300 ? 'not_json' : 'error_status';
}

function httpFaultOfCode(code: string): OriginFault {
  return code.startsWith(PARSER_FAULT) ? 'not_http' : faultOfCode(code);
}

function mediaType(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined;
  const type = header.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return MEDIA_TYPE.test(type) ? type : undefined;
}
