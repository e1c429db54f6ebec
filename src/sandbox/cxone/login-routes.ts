import { z } from 'zod';
import type { Answer, Routes } from '../exchange.js';
import type { FrontDesk } from '../front-desk.js';
import type { LoginSwitches } from '../login/login-switches.js';
import { posted } from '../login/posted.js';
import { tokenAnswer } from '../login/token-answer.js';
import type { TokenLedger } from '../login/token-ledger.js';

const ACCESS_KEY = '/authentication/v1/token/access-key';
const REFRESH = '/public/user/refresh';

/** As the counters name them. */
export const LOGIN_ROUTES: readonly string[] = [ACCESS_KEY, REFRESH];

/** The one access key there is. */
const KEY = { accessKeyId: 'sandbox-key', accessKeySecret: 'sandbox-key-secret' };

const ACCESS = z.object({ accessKeyId: z.string(), accessKeySecret: z.string() });
const REFRESHED = z.object({ token: z.string() });

interface Login {
  readonly desk: FrontDesk;
  readonly tokens: TokenLedger;
  readonly refreshTokens: TokenLedger;
  readonly switches: () => LoginSwitches;
}

export function loginRoutes(login: Login): Routes {
  return (exchange) => {
    const { path } = exchange;
    if (!LOGIN_ROUTES.includes(path)) return false;
    void posted(exchange, (body) => {
      login.desk.take(exchange, path, () => (path === REFRESH ? refreshed(login, body) : loggedIn(login, body)));
    });
    return true;
  };
}

function loggedIn(login: Login, body: string): Answer {
  const { data } = ACCESS.safeParse(parsed(body));
  if (data === undefined) return refused(400, 'invalid_request', 'accessKeyId and accessKeySecret are required');
  const isKnown = data.accessKeyId === KEY.accessKeyId && data.accessKeySecret === KEY.accessKeySecret;
  return isKnown ? tokens(login) : refused(login.switches().refusalStatus, 'invalid_client', 'authentication failed');
}

function refreshed(login: Login, body: string): Answer {
  const { data } = REFRESHED.safeParse(parsed(body));
  if (data === undefined) return refused(400, 'invalid_request', 'token is required');
  const isGood = login.refreshTokens.holder(data.token)?.standing === 'good';
  return isGood
    ? tokens(login)
    : refused(login.switches().refusalStatus, 'invalid_grant', 'refresh token is not valid');
}

function tokens({ tokens: access, refreshTokens, switches }: Login): Answer {
  const lifeMs = switches().lifeS * 1000;
  const { accessKeyId } = KEY;
  // A refresh token that ends with its access token could not be used after it.
  const tokens = {
    access_token: access.give(accessKeyId, lifeMs),
    refresh_token: refreshTokens.give(accessKeyId, 2 * lifeMs),
  };
  return tokenAnswer({ ...tokens, id_token: 'sandbox-id-token' }, switches());
}

function refused(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
