import type { LoginClient, Post } from './login-client.js';
import { TokenFailure } from './token-failure.js';
import { parseTokenResponse, type FetchedToken } from './token-response.js';

/**
 * Requests one token from a login.
 *
 * @throws {TokenFailure} and nothing else
 */
export type Login = (closing: AbortSignal) => Promise<FetchedToken>;

/**
 * Sends one token request.
 *
 * @param lifeMs the life of a token whose answer names none; without it, such an answer is refused
 * @throws {TokenFailure} and nothing else
 */
export type RequestToken = (request: Post, lifeMs?: number) => Promise<FetchedToken>;

export function tokenRequester(client: LoginClient): RequestToken {
  return async (request, lifeMs) => {
    const answer = await client.post(request);
    if ('fault' in answer)
      throw new TokenFailure(answer.fault, undefined, { status: answer.status, code: answer.errorCode });
    return parseTokenResponse(answer, lifeMs);
  };
}
