import { DatadipError, type TokenFault } from '../../../kernel/errors.js';

export type { TokenFault } from '../../../kernel/errors.js';

const DESCRIPTIONS: Readonly<Record<TokenFault, string>> = {
  invalid_client: 'the login refuses the client id or its secret',
  refused: 'the login refuses the request',
  rate_limited: 'the login asks for fewer requests',
  login_error: 'the login fails',
  timeout: 'the login did not answer in time',
  unreachable: 'the login cannot be reached',
  proxy: 'the forward proxy does not connect to the login',
  bad_answer: 'the answer of the login holds no valid token with a lifetime',
  token_refused: 'the platform refuses a token that the login has just issued',
  too_much: 'the client may write, and this system only reads: remove the permissions, or set allowWrite: true',
  unverified: 'the platform does not answer which permissions the client has',
};

/** Facts about the login's answer, for the log. */
export interface TokenFailureFacts {
  /** The status of the answer. */
  readonly status?: number | undefined;
  /** The OAuth error of the answer, or the code of the error of a request without an answer. */
  readonly code?: string | undefined;
}

/**
 * The request for a token failed. Holds no part of the request and of the answer, because they
 * carry secrets.
 */
export class TokenFailure extends DatadipError {
  readonly retryable = true;

  constructor(
    readonly code: TokenFault,
    /**
     * The time for which the login asks to receive no request. `undefined` means that it gave none.
     */
    readonly retryAfterMs?: number,
    readonly facts: TokenFailureFacts = {},
  ) {
    super(describeFault(code));
  }
}

export function describeFault(fault: TokenFault): string {
  return `${fault}: ${DESCRIPTIONS[fault]}`;
}
