import { retryAfterMs } from '../../http/retry-after.js';
import type { PostAnswer } from './post.js';
import { TokenFailure } from './token-failure.js';

/** What a login gave. */
export interface FetchedToken {
  readonly value: string;
  /** Counted from the moment it was asked for. */
  readonly lifeMs: number;
  /** What the client may do, as far as the login says. */
  readonly scopes: readonly string[] | undefined;
  /** CXone's: it gets the next token. */
  readonly refreshToken: string | undefined;
}

/** Genesys Cloud gives two days at most. What claims to live longer than a month is a mistake, and would be a token for ever. */
const LONGEST_LIFE_S = 2_592_000;
/** Lives are whole seconds. A shorter one would be over before its token is here, time and again. */
const SHORTEST_LIFE_S = 1;
const MAX_TOKEN_LENGTH = 16_384;
/** What Node sends in a header without refusing, and no space in it. */
const TOKEN = /^[\x21-\x7e]+$/;

/** The errors of RFC 6749, section 5.2, that are about who asks. */
const WRONG_CLIENT: ReadonlySet<unknown> = new Set(['invalid_client', 'unauthorized_client']);

/** @throws {TokenFailure} for everything that is not a token with a life */
export function tokenIn({ status, text, headers }: PostAnswer): FetchedToken {
  const body = objectIn(text);
  if (status < 200 || status > 299) throw failureOf(status, body, retryAfterMs(headers['retry-after']));
  const [value, lifeS] = [either(body, 'access_token', 'token'), either(body, 'expires_in', 'tokenExpirationTimeSec')];
  if (!isToken(value) || !isLife(lifeS)) throw new TokenFailure('bad_answer');
  const refreshToken = either(body, 'refresh_token', 'refreshToken');
  return {
    value,
    lifeMs: lifeS * 1000,
    scopes: scopesIn(body.scope),
    refreshToken: isToken(refreshToken) ? refreshToken : undefined,
  };
}

/** In the words of OAuth, else in those in which CXone answers a refresh. */
function either(body: Readonly<Record<string, unknown>>, word: string, other: string): unknown {
  return body[word] ?? body[other];
}

/** An empty list says nothing: a client that may do nothing at all would have no use for a token. */
function scopesIn(scope: unknown): readonly string[] | undefined {
  const words = typeof scope === 'string' ? scope.split(/\s+/).filter((word) => word !== '') : [];
  return words.length === 0 ? undefined : words;
}

function failureOf(status: number, body: Readonly<Record<string, unknown>>, pauseMs: number | undefined): TokenFailure {
  if (status === 429) return new TokenFailure('rate_limited', pauseMs);
  if (status >= 500 || status === 408) return new TokenFailure('login_error', pauseMs);
  const wrongClient = status === 401 || WRONG_CLIENT.has(body.error);
  return new TokenFailure(wrongClient ? 'invalid_client' : 'refused');
}

/** What is no object says nothing. */
function objectIn(text: string): Readonly<Record<string, unknown>> {
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

function isLife(value: unknown): value is number {
  return typeof value === 'number' && value >= SHORTEST_LIFE_S && value <= LONGEST_LIFE_S;
}
