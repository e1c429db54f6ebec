import { request } from './request.js';
import { CLIENT_ID, LOGIN_URL } from './settings.js';

/**
 * The sign-in of the agent at Genesys Cloud: authorization code with PKCE (RFC 7636), without a
 * secret. The token stays in this tab: sessionStorage ends with the tab, and other tabs cannot read
 * it.
 */

const TOKEN = 'token';
const PENDING = 'sign-in:';
/** Each conversation has its own frame, so several sign-ins may run at a time. */
const MAX_PENDING = 5;
const LAST_TRY = 'last-sign-in';
/** Without this bound, a client that is not set up would send the frame around without end. */
const NO_SECOND_TRY_MS = 60_000;
const LOGIN_WITHIN_MS = 4000;
/** A token that ends within this time would end during the request. */
const MARGIN_MS = 5000;

/** @returns the token of the agent; `undefined` if there is none */
export function currentToken() {
  const { token, endsAtMs } = JSON.parse(sessionStorage.getItem(TOKEN) ?? '{}');
  return token !== undefined && Date.now() < endsAtMs - MARGIN_MS ? token : undefined;
}

export function forgetToken() {
  sessionStorage.removeItem(TOKEN);
}

/** Whether the page may leave for the login without a click of the agent. */
export function maySignInUnasked() {
  return Date.now() - Number(sessionStorage.getItem(LAST_TRY) ?? 0) > NO_SECOND_TRY_MS;
}

/** Leaves for the login, which sends the browser back to this page. */
export async function beginSignIn() {
  const [verifier, state] = [randomText(), randomText()];
  dropOldest();
  sessionStorage.setItem(PENDING + state, JSON.stringify({ verifier, search: location.search }));
  sessionStorage.setItem(LAST_TRY, String(Date.now()));
  const login = new URL('/oauth/authorize', LOGIN_URL);
  const challenge = base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  login.search = new URLSearchParams({
    client_id: CLIENT_ID,
    response_type: 'code',
    redirect_uri: ownAddress(),
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  location.replace(login);
}

/**
 * Completes the sign-in if the login has sent the browser back, and restores the address of the
 * page.
 *
 * @returns `false` if the login gave no token
 */
export async function completeSignIn() {
  const query = new URLSearchParams(location.search);
  if (!query.has('state')) return true;
  const key = PENDING + query.get('state');
  const pending = JSON.parse(sessionStorage.getItem(key) ?? 'null');
  sessionStorage.removeItem(key);
  history.replaceState(null, '', ownAddress() + (pending?.search ?? ''));
  if (pending === null || !query.has('code')) return false;
  const { status, json } = await request(new URL('/oauth/token', LOGIN_URL), LOGIN_WITHIN_MS, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: query.get('code'),
      redirect_uri: ownAddress(),
      client_id: CLIENT_ID,
      code_verifier: pending.verifier,
    }),
  });
  if (status !== 200 || typeof json?.access_token !== 'string') return false;
  const endsAtMs = Date.now() + Number(json.expires_in) * 1000;
  sessionStorage.setItem(TOKEN, JSON.stringify({ token: json.access_token, endsAtMs }));
  sessionStorage.removeItem(LAST_TRY);
  return true;
}

/** The address that the OAuth client lists: without query and fragment. */
function ownAddress() {
  return location.origin + location.pathname;
}

function dropOldest() {
  const pending = Object.keys(sessionStorage).filter((key) => key.startsWith(PENDING));
  for (const key of pending.slice(0, Math.max(0, pending.length - MAX_PENDING + 1))) sessionStorage.removeItem(key);
}

function randomText() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
