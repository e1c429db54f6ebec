import { DatadipError } from '../../../kernel/errors.js';

/** Why there is no new token. A closed set: it stands in log lines, on the health page and in a metric. */
export type TokenFault =
  | 'invalid_client'
  | 'refused'
  | 'rate_limited'
  | 'login_error'
  | 'timeout'
  | 'unreachable'
  | 'bad_answer'
  | 'token_refused'
  | 'too_much'
  | 'unverified';

const SENTENCES: Readonly<Record<TokenFault, string>> = {
  invalid_client: 'the login refuses client id or secret',
  refused: 'the login refuses the request',
  rate_limited: 'the login wants fewer requests',
  login_error: 'the login fails',
  timeout: 'the login did not answer in time',
  unreachable: 'the login cannot be reached',
  bad_answer: 'the login answered something that is no token with a life',
  token_refused: 'the platform refuses a token that was only just given',
  too_much: 'the client may write, and this system is read-only: take the permissions away, or say allowWrite: true',
  unverified: 'the platform cannot be asked what the client may do',
};

/** In no failure there is anything of a request or an answer. */
export class TokenFailure extends DatadipError {
  readonly retryable = true;

  constructor(
    readonly code: TokenFault,
    /** How long the login asks to be left alone. */
    readonly retryAfterMs?: number,
  ) {
    super(sentenceOf(code));
  }
}

export function sentenceOf(fault: TokenFault): string {
  return `${fault}: ${SENTENCES[fault]}`;
}
