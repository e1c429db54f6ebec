import type { CxoneAuth, GenesysAuth, TokenAuthConfig } from '../../../config/sections/systems/system-config.js';
import { post } from './post.js';
import { TokenFailure } from './token-failure.js';
import { parseTokenResponse, type FetchedToken } from './token-response.js';

/**
 * Requests one token from the platform.
 *
 * @throws {TokenFailure} and nothing else
 */
export type Login = (closing: AbortSignal) => Promise<FetchedToken>;

export function createLogin(auth: TokenAuthConfig): Login {
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
    requestToken(`${loginUrl}/oauth/token`, headers, 'grant_type=client_credentials', tokenTimeoutMs, closing);
}

/**
 * Uses the refresh token first. If the login does not accept it, for example because it has
 * expired, the access key is used.
 */
function cxoneLogin({ loginUrl, accessKeyId, accessKeySecret, tokenTimeoutMs }: CxoneAuth): Login {
  let refreshToken: string | undefined;
  const request = async (path: string, body: object, closing: AbortSignal): Promise<FetchedToken> => {
    const headers = { 'Content-Type': 'application/json' };
    const fetched = await requestToken(`${loginUrl}${path}`, headers, JSON.stringify(body), tokenTimeoutMs, closing);
    refreshToken = fetched.refreshToken;
    return fetched;
  };
  return async (closing) => {
    const token = refreshToken;
    refreshToken = undefined;
    if (token !== undefined) {
      const refreshed = await request('/public/user/refresh', { token }, closing).catch(rethrowIfUnavailable);
      if (refreshed !== undefined) return refreshed;
    }
    return request('/authentication/v1/token/access-key', { accessKeyId, accessKeySecret }, closing);
  };
}

/** `undefined` means that the access key may still work. */
function rethrowIfUnavailable(error: unknown): undefined {
  const isUnavailable =
    error instanceof TokenFailure && ['timeout', 'unreachable', 'rate_limited'].includes(error.code);
  if (isUnavailable) throw error;
}

async function requestToken(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
  closing: AbortSignal,
): Promise<FetchedToken> {
  const answer = await post({ url, headers, body, timeoutMs, closing });
  if ('fault' in answer) throw new TokenFailure(answer.fault, undefined, { code: answer.errorCode });
  return parseTokenResponse(answer);
}
