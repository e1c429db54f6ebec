import type { CxoneAuth, GenesysAuth, TokenAuthConfig } from '../../../config/sections/systems/system-config.js';
import type { Login, RequestToken } from './request-token.js';
import { oauth2Login } from './oauth2-login.js';
import { TokenFailure } from './token-failure.js';
import type { FetchedToken } from './token-response.js';

export function createLogin(auth: TokenAuthConfig, requestToken: RequestToken): Login {
  switch (auth.type) {
    case 'genesys':
      return genesysLogin(auth, requestToken);
    case 'cxone':
      return cxoneLogin(auth, requestToken);
    case 'oauth2':
      return oauth2Login(auth, requestToken);
  }
}

/** The address of the token requests, which decides how the login is reached. */
export function loginAddress(auth: TokenAuthConfig): string {
  return auth.type === 'oauth2' ? auth.tokenUrl : auth.loginUrl;
}

function genesysLogin({ loginUrl, clientId, clientSecret, tokenTimeoutMs }: GenesysAuth, send: RequestToken): Login {
  const headers = {
    Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  };
  const body = 'grant_type=client_credentials';
  return (closing) => send({ url: `${loginUrl}/oauth/token`, headers, body, timeoutMs: tokenTimeoutMs, closing });
}

/**
 * Uses the refresh token first. If the login does not accept it, for example because it has
 * expired, the access key is used.
 */
function cxoneLogin(
  { loginUrl, accessKeyId, accessKeySecret, tokenTimeoutMs: timeoutMs }: CxoneAuth,
  send: RequestToken,
): Login {
  let refreshToken: string | undefined;
  const request = async (path: string, content: object, closing: AbortSignal): Promise<FetchedToken> => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify(content);
    const fetched = await send({ url: `${loginUrl}${path}`, headers, body, timeoutMs, closing });
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
  const isUnavailable = error instanceof TokenFailure && UNAVAILABLE.has(error.code);
  if (isUnavailable) throw error;
}

const UNAVAILABLE: ReadonlySet<string> = new Set(['timeout', 'unreachable', 'proxy', 'rate_limited']);
