import { parseDecimal } from '../../../kernel/parse-number.js';
import { retryAfterMs } from '../../http/retry-after.js';
import type { PostAnswer } from './post.js';
import { TokenFailure } from './token-failure.js';

/** A token as the login issued it. */
export interface FetchedToken {
  readonly value: string;
  /** Measured from the moment of the request. */
  readonly lifeMs: number;
  /** The client's permissions. `undefined` means that the login does not report them. */
  readonly scopes: readonly string[] | undefined;
  /** CXone's refresh token, which gets the next token. */
  readonly refreshToken: string | undefined;
}

/**
 * Genesys Cloud allows two days at most. A token with a longer lifetime, or with one that means
 * "without end", is replaced after a month.
 */
const MAX_LIFE_S = 2_592_000;
/** A longer lifetime is a mistake. */
const MAX_PLAUSIBLE_LIFE_S = 999_999_999_999;
/** A token with a shorter lifetime would expire before it arrives, each time. */
const MIN_LIFE_S = 1;
const MAX_TOKEN_LENGTH = 16_384;
/** Characters that Node accepts in a header, without the space. */
const TOKEN = /^[\x21-\x7e]+$/;

/** The errors of RFC 6749, section 5.2, that concern the client. */
const WRONG_CLIENT: ReadonlySet<unknown> = new Set(['invalid_client', 'unauthorized_client']);

/** @throws {TokenFailure} when the answer holds no token with a lifetime */
export function parseTokenResponse({ status, text, headers }: PostAnswer): FetchedToken {
  const body = parseObject(text);
  if (status < 200 || status > 299) throw failureOf(status, body, retryAfterMs(headers));
  const value = field(body, 'access_token', 'token');
  // Some logins send the seconds as text, or with a fraction.
  const lifeS = parseDecimal(field(body, 'expires_in', 'tokenExpirationTimeSec'));
  if (!isToken(value) || !isLife(lifeS)) throw new TokenFailure('bad_answer');
  const refreshToken = field(body, 'refresh_token', 'refreshToken');
  return {
    value,
    lifeMs: Math.min(lifeS, MAX_LIFE_S) * 1000,
    scopes: parseScopes(body.scope),
    refreshToken: isToken(refreshToken) ? refreshToken : undefined,
  };
}

/** Reads a field by its OAuth name, otherwise by the name in CXone's answer to a refresh. */
function field(body: Readonly<Record<string, unknown>>, oauthName: string, cxoneName: string): unknown {
  return body[oauthName] ?? body[cxoneName];
}

/** An empty list counts as unreported: a client without any permission would need no token. */
function parseScopes(scope: unknown): readonly string[] | undefined {
  const scopes = typeof scope === 'string' ? scope.split(/\s+/).filter((word) => word !== '') : [];
  return scopes.length === 0 ? undefined : scopes;
}

function failureOf(
  status: number,
  body: Readonly<Record<string, unknown>>,
  retryAfter: number | undefined,
): TokenFailure {
  if (status === 429) return new TokenFailure('rate_limited', retryAfter, { status });
  if (status >= 500 || status === 408) return new TokenFailure('login_error', retryAfter, { status });
  const isWrongClient = status === 401 || WRONG_CLIENT.has(body.error);
  return new TokenFailure(isWrongClient ? 'invalid_client' : 'refused', undefined, { status });
}

/** Returns an empty object for a text that is not a JSON object. */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TOKEN_LENGTH && TOKEN.test(value);
}

function isLife(seconds: number | undefined): seconds is number {
  return seconds !== undefined && seconds >= MIN_LIFE_S && seconds <= MAX_PLAUSIBLE_LIFE_S;
}
