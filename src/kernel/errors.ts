/** This file exceeds 220 lines because each closed set of codes must be in one place. */

/** The values of an answer's `error` field when the answer is degraded. */
export const DEGRADED_REASONS = [
  'origin_timeout',
  'origin_error',
  'origin_rate_limited',
  'shed',
  'circuit_open',
] as const;

/** Why a caller got a degraded answer. */
export type DegradedReason = (typeof DEGRADED_REASONS)[number];

/** Parses a reason that another process stored. An unknown word becomes `origin_error`. */
export function degradedReason(word: string): DegradedReason {
  return DEGRADED_REASONS.find((reason) => reason === word) ?? 'origin_error';
}

/** The `code` of a problem document: one stable word for each reason to refuse a request. */
export type ProblemCode =
  | 'invalid_json'
  | 'not_an_object'
  | 'nested_value'
  | 'invalid_tenant'
  | 'body_too_large'
  | 'unsupported_charset'
  | 'unauthenticated'
  | OAuthErrorCode
  | 'wrong_scope'
  | 'wrong_tenant'
  | 'wrong_organization'
  | 'wrong_lookup'
  | 'cross_site'
  | 'unknown_lookup'
  | 'not_found'
  | 'method_not_allowed'
  | 'stopping'
  | 'invalid_event'
  | 'invalid_position'
  | 'platform_unavailable'
  | 'store_unavailable'
  | 'bus_unavailable'
  | 'outbox_full'
  | 'no_home'
  | 'region_unreachable'
  | 'lock_not_held'
  | 'too_many_members'
  | 'too_many_agents'
  | 'too_many_skills'
  | 'store_full'
  | 'too_many_requests'
  | 'overloaded'
  | 'bad_request'
  | 'internal_error';

/** The codes of RFC 6749, section 5.2, with which Datadip refuses a token request. */
export type OAuthErrorCode = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope';

/**
 * Why Datadip got no new token. Log lines, the health page and a metric show these words.
 */
export type TokenFault =
  | 'invalid_client'
  | 'refused'
  | 'rate_limited'
  | 'login_error'
  | 'timeout'
  | 'unreachable'
  | 'proxy'
  | 'bad_answer'
  | 'token_refused'
  | 'too_much'
  | 'unverified';

/**
 * Why an answer of an origin cannot be used. Log lines show these words, and so does the health
 * page.
 *
 * - `status`: a status other than success, 404 and 410. Its `OriginFault` says more.
 * - `html`: a success whose body is HTML.
 * - `not_json`: a success whose body is neither JSON nor XML.
 * - `not_xml`: a success with an XML content type whose body is not well-formed.
 * - `xml_doctype`: the XML declares a document type.
 * - `xml_too_complex`: the XML has too many tags, or elements too deep inside each other.
 * - `unknown_charset`, `malformed_text`: the bytes of the body cannot be read as text.
 * - `not_found_page`: 404 or 410 with HTML, XML or text, as proxies answer while a system is down.
 * - `not_found_without_body`: 404 without a body.
 * - `reported_error`: a success whose JSON or XML reports an error.
 * - `fail_when`: `failWhen` of the lookup is true.
 * - `rate_limited`: `failWhen` of the lookup says that the origin asks for fewer calls.
 * - `rule_failed`: the expression `failWhen` or `notFoundWhen` fails on the answer.
 * - `record_failed`: the expression `record` fails on the answer.
 * - `several_records`: `record` yields several records.
 * - `record_not_object`: the record is not an object.
 * - `expression_timeout`: the expressions took longer than one record may take.
 * - `expression_memory`: the expressions used more memory than they may use.
 * - `expression_busy`: other records used the time for expressions.
 */
export type UnusableAnswer =
  | 'status'
  | 'html'
  | 'not_json'
  | 'not_xml'
  | 'xml_doctype'
  | 'xml_too_complex'
  | 'unknown_charset'
  | 'malformed_text'
  | 'not_found_page'
  | 'not_found_without_body'
  | 'reported_error'
  | 'fail_when'
  | 'rate_limited'
  | 'rule_failed'
  | 'record_failed'
  | 'several_records'
  | 'record_not_object'
  | 'expression_timeout'
  | 'expression_memory'
  | 'expression_busy';

/**
 * Why a call of an origin failed. Log lines and the health page show these words. The answer to the
 * caller has only a `DegradedReason`.
 */
export type OriginFault =
  | 'connection_refused'
  | 'name_not_resolved'
  | 'unreachable'
  | 'tls'
  | 'connection_lost'
  | 'proxy_unreachable'
  | 'proxy_refused'
  | 'proxy_failed'
  | 'proxy_timeout'
  | 'not_http'
  | 'timeout'
  | 'too_large'
  | 'credentials_refused'
  | 'error_status'
  | 'query_refused'
  | 'value_refused'
  | 'too_many_connections'
  | 'repeated_column'
  | 'database_error'
  | Exclude<UnusableAnswer, 'status'>
  | 'other';

/** Every `code` of an error that Datadip throws on purpose. */
export type ErrorCode = ProblemCode | DegradedReason | TokenFault | 'bad_configuration';

/** The base of all errors that Datadip throws on purpose. */
export abstract class DatadipError extends Error {
  abstract readonly code: ErrorCode;
  /** Whether the same call may succeed when the caller repeats it. */
  abstract readonly retryable: boolean;

  override get name(): string {
    return this.constructor.name;
  }
}

/**
 * An error that becomes a problem document. The message becomes its `title`, so the message never
 * repeats what the caller sent.
 */
export class HttpProblem extends DatadipError {
  readonly retryable: boolean;

  constructor(
    readonly code: ProblemCode,
    readonly status: number,
    message: string,
    /** `Retry-After`, in whole seconds. `undefined` means that a repeated request fails too. */
    readonly retryAfterS?: number,
  ) {
    super(message);
    this.retryable = retryAfterS !== undefined;
  }
}

/** Refuses a token request. OAuth clients read the code from the member `error`. */
export class OAuthProblem extends HttpProblem {
  declare readonly code: OAuthErrorCode;
}

/**
 * Facts about the origin that a failure shows. Admission, retries and the token manager act on it.
 */
export interface OriginFailureDetails {
  /** `true`: the call cannot have reached the origin, so a retry does no harm. */
  readonly neverArrived?: boolean;
  /** `true`: the origin is up, because it answered, even if the answer was not usable. */
  readonly alive?: boolean;
  /**
   * `true`: the origin refused the call with 429 or 503. A 503 without `Retry-After` causes no
   * pause.
   */
  readonly refused?: boolean;
  /** How long the origin asks Datadip to send no calls, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The number of the token that the origin refused. */
  readonly refusedToken?: number | undefined;
  /**
   * `true`: the origin refused the credentials (401, 403), and newer credentials cannot help.
   * After a 401, a call with a token is repeated first.
   */
  readonly credentialsRefused?: boolean;
  /** For the log. `undefined` counts as `other`. */
  readonly fault?: OriginFault | undefined;
  /** Why there is no token. `undefined` means that a token is not the reason. */
  readonly tokenFault?: TokenFault | undefined;
  /** The status of the answer. `undefined` means that there was none. */
  readonly status?: number | undefined;
  /** The code of the error, as Node reports it: `ECONNREFUSED`. */
  readonly errorCode?: string | undefined;
  /** The media type of the answer, without parameters. */
  readonly contentType?: string | undefined;
  /** Never an axios error: an axios error carries headers and URLs. */
  readonly cause?: unknown;
}

/** The origin gave no usable answer. The origin may still have done the work. */
export class OriginFailure extends DatadipError {
  readonly retryable = true;

  constructor(
    readonly code: DegradedReason,
    message: string,
    readonly details: OriginFailureDetails = {},
  ) {
    super(message, details);
  }
}

/**
 * Admission refused the call, and the origin was not asked. The refusal says nothing about the
 * entry, so no failure is stored for the next caller.
 *
 * The error has no stack trace. In a rush of 5,000 callers, traces of refusals took 13 % of the
 * processor time (Node 24, profile of three rushes).
 */
export class NotAdmitted extends OriginFailure {
  constructor(code: DegradedReason, message: string, details: OriginFailureDetails = {}) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(code, message, details);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Redis refused the command, was too slow, or its circuit breaker is open. */
export class StoreUnavailable extends DatadipError {
  readonly code = 'store_unavailable';
  readonly retryable = true;
}
