import { z } from 'zod';
import type { Answer, Routes } from '../exchange.js';
import type { CallHandler } from '../call-handler.js';
import type { LoginSwitches } from '../login/login-switches.js';
import { handlePost } from '../login/handle-post.js';
import { tokenAnswer } from '../login/token-answer.js';
import type { TokenRegistry } from '../login/token-registry.js';

const ACCESS_KEY = '/authentication/v1/token/access-key';
const REFRESH = '/public/user/refresh';

/** The names of the routes in the counters. */
export const LOGIN_ROUTES: readonly string[] = [ACCESS_KEY, REFRESH];

/** The only access key. */
const KEY = { accessKeyId: 'sandbox-key', accessKeySecret: 'sandbox-key-secret' };

const ACCESS_KEY_BODY = z.object({ accessKeyId: z.string(), accessKeySecret: z.string() });
const REFRESH_BODY = z.object({ token: z.string() });

interface Login {
  readonly calls: CallHandler;
  readonly tokens: TokenRegistry;
  readonly refreshTokens: TokenRegistry;
  readonly switches: () => LoginSwitches;
}

export function loginRoutes(login: Login): Routes {
  return (exchange) => {
    const { path } = exchange;
    if (!LOGIN_ROUTES.includes(path)) return false;
    void handlePost(exchange, (body) => {
      login.calls.handle(exchange, path, () =>
        path === REFRESH ? refreshAnswer(login, body) : loginAnswer(login, body),
      );
    });
    return true;
  };
}

function loginAnswer(login: Login, body: string): Answer {
  const { data } = ACCESS_KEY_BODY.safeParse(parseJson(body));
  if (data === undefined) return errorAnswer(400, 'invalid_request', 'accessKeyId and accessKeySecret are required');
  const isKnown = data.accessKeyId === KEY.accessKeyId && data.accessKeySecret === KEY.accessKeySecret;
  return isKnown
    ? issueTokens(login)
    : errorAnswer(login.switches().refusalStatus, 'invalid_client', 'authentication failed');
}

function refreshAnswer(login: Login, body: string): Answer {
  const { data } = REFRESH_BODY.safeParse(parseJson(body));
  if (data === undefined) return errorAnswer(400, 'invalid_request', 'token is required');
  const isValid = login.refreshTokens.find(data.token)?.status === 'valid';
  return isValid
    ? issueTokens(login)
    : errorAnswer(login.switches().refusalStatus, 'invalid_grant', 'refresh token is not valid');
}

function issueTokens({ tokens: access, refreshTokens, switches }: Login): Answer {
  const lifeMs = switches().lifeS * 1000;
  const { accessKeyId } = KEY;
  // A refresh token lives twice as long, so that it is still valid after the end of its access
  // token.
  const tokens = {
    access_token: access.issue(accessKeyId, lifeMs),
    refresh_token: refreshTokens.issue(accessKeyId, 2 * lifeMs),
  };
  return tokenAnswer({ ...tokens, id_token: 'sandbox-id-token' }, switches());
}

function errorAnswer(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
