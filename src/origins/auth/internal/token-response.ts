import { parseDecimal } from '../../../kernel/parse-number.js';
import { retryAfterMs } from '../../http/retry-after.js';
import type { PostAnswer } from './login-client.js';
import { TokenFailure } from './token-failure.js';

/** A token as the login issued it. */
export interface FetchedToken {
  readonly value: string;
  /** Measured from the moment of the request. */
  readonly lifeMs: number;
  /** The client's permissions. `undefined` means that the login does not report them. */
  readonly scopes: readonly string[] | undefined;
  /** A refresh token, which gets the next token. */
  readonly refreshToken: string | undefined;
}

/**
 * Genesys Cloud allows two days at most. A token with a longer lifetime is replaced after a month.
 * Some logins give a huge number for a token that does not expire.
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
const WRONG_CLIENT: ReadonlySet<unknown> = new Set(['invalid_client', 'unauthorized_client', 'invalid_client_id']);
/** Errors that soon end, according to the login. */
const PASSING: ReadonlySet<unknown> = new Set(['server_error', 'temporarily_unavailable']);
/**
 * The errors that the log may name. A login may write any text into its answer, so other texts are
 * not logged. Salesforce also sends errors about apps and organizations. Zoho sends `invalid_code`.
 */
const LOGGED_ERRORS: ReadonlySet<unknown> = new Set([
  ...WRONG_CLIENT,
  ...PASSING,
  'invalid_request',
  'invalid_grant',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'access_denied',
  'invalid_code',
  'invalid_app_access',
  'invalid_assertion_type',
  'inactive_user',
  'inactive_org',
]);
/** Tokens of these types need a proof in each call, which Datadip cannot make. */
const UNUSABLE_TYPE = /^(mac|pop|dpop)$/i;

/**
 * @param lifeMs the life of a token whose answer names none; without it, such an answer is refused
 * @throws {TokenFailure} when the answer holds no token with a lifetime
 */
export function parseTokenResponse({ status, text, headers }: PostAnswer, lifeMs?: number): FetchedToken {
  const body = parseObject(text);
  const value = field(body, 'access_token', 'token');
  // Zoho reports errors with status 200.
  const isError = status < 200 || status > 299 || (value === undefined && typeof body.error === 'string');
  if (isError) throw failureOf(status, body, retryAfterMs(headers));
  // Some logins send the seconds as text, or with a fraction.
  const lifeS = parseDecimal(field(body, 'expires_in', 'tokenExpirationTimeSec')) ?? secondsOf(lifeMs);
  const isUsable = typeof body.token_type !== 'string' || !UNUSABLE_TYPE.test(body.token_type);
  if (!isToken(value) || !isLife(lifeS) || !isUsable) throw new TokenFailure('bad_answer', undefined, { status });
  const refreshToken = field(body, 'refresh_token', 'refreshToken');
  return {
    value,
    lifeMs: Math.min(lifeS, MAX_LIFE_S) * 1000,
    scopes: parseScopes(body.scope),
    refreshToken: isToken(refreshToken) ? refreshToken : undefined,
  };
}

function secondsOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
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
  const facts = { status, ...(LOGGED_ERRORS.has(body.error) ? { code: String(body.error) } : {}) };
  if (status === 429) return new TokenFailure('rate_limited', retryAfter, facts);
  if (status >= 500 || status === 408 || PASSING.has(body.error))
    return new TokenFailure('login_error', retryAfter, facts);
  const isWrongClient = status === 401 || WRONG_CLIENT.has(body.error);
  return new TokenFailure(isWrongClient ? 'invalid_client' : 'refused', undefined, facts);
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
