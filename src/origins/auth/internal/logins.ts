import type { CxoneAuth, GenesysAuth, TokenAuth } from '../../../config/config.js';
import { post } from './post.js';
import { tokenIn, type FetchedToken } from './token-response.js';
import { TokenFailure } from './token-failure.js';

/**
 * Gets one token.
 *
 * @throws {TokenFailure} and nothing else
 */
export type Login = (closing: AbortSignal) => Promise<FetchedToken>;

/** How the client of a platform logs in. What it needs to know from one time to the next it keeps to itself. */
export function loginOf(auth: TokenAuth): Login {
  switch (auth.type) {
    case 'genesys':
      return genesysLogin(auth);
    case 'cxone':
      return cxoneLogin(auth);
  }
}

function genesysLogin({ loginUrl, clientId, clientSecret, tokenTimeoutMs }: GenesysAuth): Login {
  const headers = {
    Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  };
  return (closing) =>
    asked(`${loginUrl}/oauth/token`, headers, 'grant_type=client_credentials', tokenTimeoutMs, closing);
}

/** The refresh token first; where it is not taken, the access key, which also begins anew when the refresh token has run out. */
function cxoneLogin({ loginUrl, accessKeyId, accessKeySecret, tokenTimeoutMs }: CxoneAuth): Login {
  let refreshToken: string | undefined;
  const ask = async (path: string, body: object, closing: AbortSignal): Promise<FetchedToken> => {
    const headers = { 'Content-Type': 'application/json' };
    const fetched = await asked(`${loginUrl}${path}`, headers, JSON.stringify(body), tokenTimeoutMs, closing);
    refreshToken = fetched.refreshToken;
    return fetched;
  };
  return async (closing) => {
    const token = refreshToken;
    refreshToken = undefined;
    if (token !== undefined) {
      const refreshed = await ask('/public/user/refresh', { token }, closing).catch(unlessAway);
      if (refreshed !== undefined) return refreshed;
    }
    return ask('/authentication/v1/token/access-key', { accessKeyId, accessKeySecret }, closing);
  };
}

/** Absent: another way may work. */
function unlessAway(error: unknown): undefined {
  const isAway = error instanceof TokenFailure && ['timeout', 'unreachable', 'rate_limited'].includes(error.code);
  if (isAway) throw error;
}

async function asked(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
  closing: AbortSignal,
): Promise<FetchedToken> {
  const answer = await post({ url, headers, body, timeoutMs, closing });
  if (typeof answer === 'string') throw new TokenFailure(answer);
  return tokenIn(answer);
}
