import { methodNotAllowed, send, type Answer, type Routes } from '../exchange.js';
import type { CallHandler } from '../call-handler.js';
import type { BrowserSession } from './browser-session.js';
import type { Client, ClientRegistry } from './client-registry.js';
import type { LoginCodes } from './login-codes.js';
import { errorAnswer } from './login-routes.js';

/** The name of the route in the counters. */
export const AUTHORIZE_ROUTE = '/oauth/authorize';

/** 32 bytes in base64url. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

interface Pages {
  readonly calls: CallHandler;
  readonly clients: ClientRegistry;
  readonly codes: LoginCodes;
  readonly session: BrowserSession;
}

/**
 * The page of the login host to which a browser is sent (RFC 6749, section 4.1, with PKCE of RFC
 * 7636). The agent of `BrowserSession` is logged in already, so the browser is sent back at once.
 */
export function authorizeRoutes({ calls, clients, codes, session }: Pages): Routes {
  return (exchange) => {
    if (exchange.path !== AUTHORIZE_ROUTE) return false;
    if (exchange.method !== 'GET') send(exchange.response, methodNotAllowed(['GET']));
    else calls.handle(exchange, AUTHORIZE_ROUTE, () => redirect(exchange.query, { clients, codes, session }));
    return true;
  };
}

function redirect(query: URLSearchParams, { clients, codes, session }: Omit<Pages, 'calls'>): Answer {
  const [clientId, redirectUri] = [query.get('client_id') ?? '', query.get('redirect_uri') ?? ''];
  const client = clients.byId(clientId);
  if (client === undefined) return errorAnswer(400, 'invalid_client', 'client not found');
  // A browser is never sent to an address that the client does not name.
  if (!mayReturnTo(client, redirectUri)) return errorAnswer(400, 'invalid_request', 'redirect_uri is not registered');
  const state = query.get('state');
  const back = (pairs: Readonly<Record<string, string>>): Answer => sendBack(redirectUri, pairs, state);
  if (query.get('response_type') !== 'code') return back({ error: 'unsupported_response_type' });
  const challenge = query.get('code_challenge') ?? '';
  if (query.get('code_challenge_method') !== 'S256' || !CHALLENGE.test(challenge))
    return back({ error: 'invalid_request', error_description: 'code_challenge with S256 is required' });
  const { agent, organization } = session.view;
  if (agent === null) return back({ error: 'access_denied' });
  return back({ code: codes.issue({ clientId, redirectUri, challenge, user: { agent, organization } }) });
}

function mayReturnTo({ redirectUris }: Client, address: string): boolean {
  if (redirectUris === null) return false;
  if (redirectUris.length > 0) return redirectUris.includes(address);
  return LOOPBACK.has(URL.parse(address)?.hostname ?? '');
}

function sendBack(redirectUri: string, pairs: Readonly<Record<string, string>>, state: string | null): Answer {
  const target = new URL(redirectUri);
  for (const [name, value] of Object.entries(pairs)) target.searchParams.set(name, value);
  if (state !== null) target.searchParams.set('state', state);
  return { status: 302, body: {}, headers: { location: target.href } };
}
