/** The fixed words of the contract's `error` field. */
export const DEGRADED_REASONS = [
  'origin_timeout',
  'origin_error',
  'origin_rate_limited',
  'shed',
  'circuit_open',
] as const;

/** Why a caller got a degraded answer. */
export type DegradedReason = (typeof DEGRADED_REASONS)[number];

/** Reads a reason another process stored; a word we do not know is an `origin_error`. */
export function degradedReason(word: string): DegradedReason {
  return DEGRADED_REASONS.find((reason) => reason === word) ?? 'origin_error';
}

/** Every way a request is turned away, as the stable `code` of its problem document. */
export type ProblemCode =
  | 'invalid_json'
  | 'not_an_object'
  | 'nested_value'
  | 'invalid_tenant'
  | 'body_too_large'
  | 'unauthenticated'
  | OAuthErrorCode
  | 'wrong_scope'
  | 'wrong_tenant'
  | 'unknown_lookup'
  | 'not_found'
  | 'stopping'
  | 'invalid_event'
  | 'store_unavailable'
  | 'lock_not_held'
  | 'too_many_members'
  | 'too_many_requests'
  | 'overloaded'
  | 'bad_request'
  | 'internal_error';

/** The errors of RFC 6749, section 5.2, that a request for a token can meet here. */
export type OAuthErrorCode = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope';

/** The base of everything this house throws on purpose. */
export abstract class DatadipError extends Error {
  abstract readonly code: string;
  /** Whether the same call may succeed if it is made again. */
  abstract readonly retryable: boolean;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The request cannot be answered as it was asked. Its message is for the caller: it never repeats what the caller sent. */
export class HttpProblem extends DatadipError {
  readonly retryable: boolean;

  constructor(
    readonly code: ProblemCode,
    readonly status: number,
    message: string,
    /** Whole seconds for `Retry-After`; absent: asking again changes nothing. */
    readonly retryAfterS?: number,
  ) {
    super(message);
    this.retryable = retryAfterS !== undefined;
  }
}

/** A request for a token is turned away: what reads the answer looks for the code as `error`. */
export class OAuthProblem extends HttpProblem {
  declare readonly code: OAuthErrorCode;
}

/** What a failure tells whoever decides about the next call. */
export interface OriginFailureDetails {
  /** The origin cannot have seen the call: making it again does no harm. */
  readonly neverArrived?: boolean;
  /** It answered, if not usefully: it is up. */
  readonly alive?: boolean;
  /** The origin wants fewer calls: 429 or 503. */
  readonly refused?: boolean;
  /** How long it asks to be left alone. */
  readonly retryAfterMs?: number | undefined;
  /** It did not take the token that was shown: the number of that token. */
  readonly refusedToken?: number | undefined;
  /** Never an axios error: those carry headers and URLs. */
  readonly cause?: unknown;
}

/** The origin gave no usable answer. It may still have done the work. */
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

/** The origin was not asked at all. Says nothing about the one who asked, so nobody may remember it for the next. */
export class NotAdmitted extends OriginFailure {}

/** The shared store did not take part: refused, too slow, or its breaker is open. */
export class StoreUnavailable extends DatadipError {
  readonly code = 'store_unavailable';
  readonly retryable = true;
}
