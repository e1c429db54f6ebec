import type { Answer, Exchange, Routes } from '../exchange.js';
import type { CallHandler } from '../call-handler.js';
import type { LoginSwitches } from '../login/login-switches.js';
import { handlePost } from '../login/handle-post.js';
import { tokenAnswer } from '../login/token-answer.js';
import type { TokenRegistry } from '../login/token-registry.js';
import type { LoginCodes } from './login-codes.js';
import type { ClientRegistry } from './client-registry.js';
import { UNKNOWN_CLIENT, type ClientStats } from './client-stats.js';

/** The name of the route in the counters. */
export const TOKEN_ROUTE = '/oauth/token';

interface Login {
  readonly calls: CallHandler;
  readonly clients: ClientRegistry;
  readonly tokens: TokenRegistry;
  readonly codes: LoginCodes;
  readonly clientStats: ClientStats;
  readonly switches: () => LoginSwitches;
}

/** The token endpoint of `login.<region>`, for client credentials and for codes of PKCE. */
export function loginRoutes(login: Login): Routes {
  return (exchange) => {
    if (exchange.path !== TOKEN_ROUTE) return false;
    void handlePost(exchange, (body) => {
      const form = new URLSearchParams(body);
      if (form.get('grant_type') === 'authorization_code') {
        login.calls.handle(exchange, TOKEN_ROUTE, () => userAnswer(login, form));
        return;
      }
      const { id, secret } = basicCredentials(exchange);
      login.clientStats.increment(login.clients.byId(id) === undefined ? UNKNOWN_CLIENT : id, 'tokenRequests');
      login.calls.handle(exchange, TOKEN_ROUTE, () => answerOf(login, { id, secret, body }));
    });
    return true;
  };
}

/** A public client has no secret: the verifier proves that the same page began the login. */
function userAnswer(login: Login, form: URLSearchParams): Answer {
  const switches = login.switches();
  const grant = login.codes.redeem(form);
  if (grant === undefined) return errorAnswer(400, 'invalid_grant', 'code is invalid');
  const token = login.tokens.issue(grant.clientId, switches.lifeS * 1000, grant.user);
  login.clientStats.increment(grant.clientId, 'tokensGiven');
  return tokenAnswer({ access_token: token }, switches);
}

function answerOf(login: Login, { id, secret, body }: { id: string; secret: string; body: string }): Answer {
  const switches = login.switches();
  const client = login.clients.byId(id);
  if (client === undefined) return errorAnswer(switches.refusalStatus, 'invalid_client', 'client not found');
  if (client.secret !== secret) return errorAnswer(switches.refusalStatus, 'invalid_client', 'authentication failed');
  if (new URLSearchParams(body).get('grant_type') !== 'client_credentials') {
    return errorAnswer(400, 'unsupported_grant_type', 'grant_type must be client_credentials');
  }
  login.clientStats.increment(id, 'tokensGiven');
  const scope = client.scope === null ? {} : { scope: client.scope };
  return tokenAnswer({ access_token: login.tokens.issue(id, switches.lifeS * 1000), ...scope }, switches);
}

/** The login host sends the description under both keys. */
export function errorAnswer(status: number, error: string, description: string): Answer {
  return { status, body: { error, description, error_description: description } };
}

function basicCredentials({ request }: Exchange): { readonly id: string; readonly secret: string } {
  const encoded = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':');
  return { id, secret: secret.join(':') };
}
