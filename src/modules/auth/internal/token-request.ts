import type { Scope } from '../../../config/sections/callers.js';
import { OAuthProblem } from '../../../kernel/errors.js';
import { basicCredentials } from './basic-credentials.js';

const MAX_PAIRS = 32;

/** A token request (RFC 6749, section 4.4). */
export interface TokenRequest {
  readonly name: string;
  readonly key: string;
  /** `undefined` requests all scopes of the caller. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * Reads name and key from the form or from HTTP Basic, never from both (RFC 6749, section 2.3). A
 * JSON object counts as a form.
 *
 * @throws {OAuthProblem}
 */
export function readTokenRequest(authorization: string | undefined, body: string): TokenRequest {
  const form = formIn(body);
  const grant = form.get('grant_type');
  if (grant === null) throw new OAuthProblem('invalid_request', 400, 'grant_type is missing');
  if (grant !== 'client_credentials')
    throw new OAuthProblem('unsupported_grant_type', 400, 'unsupported grant_type; allowed: client_credentials');
  const scopes = form
    .get('scope')
    ?.split(' ')
    .filter((word) => word !== '');
  return { ...credentials(authorization, form), scopes: scopes?.length === 0 ? undefined : scopes };
}

/**
 * The requested scopes. The caller must have all of them.
 *
 * @throws {OAuthProblem}
 */
export function grantedScopes(has: ReadonlySet<Scope>, wanted: readonly string[] | undefined): ReadonlySet<Scope> {
  if (wanted === undefined) return has;
  const granted = [...has].filter((scope) => wanted.includes(scope));
  if (granted.length < new Set(wanted).size)
    throw new OAuthProblem('invalid_scope', 400, 'caller lacks a requested scope');
  return new Set(granted);
}

function credentials(authorization: string | undefined, form: URLSearchParams): { name: string; key: string } {
  const [name, key] = [form.get('client_id'), form.get('client_secret')];
  if (authorization === undefined) {
    if (name === null || key === null) throw new OAuthProblem('invalid_client', 401, 'valid credentials required');
    return { name, key };
  }
  if (key !== null)
    throw new OAuthProblem('invalid_request', 400, 'credentials given twice; send them in the form or as HTTP Basic');
  const client = basicClient(authorization);
  if (client === undefined) throw new OAuthProblem('invalid_client', 401, 'valid credentials required');
  return client;
}

/** Name and key of a client in HTTP Basic. `undefined` means that the header is not Basic. */
export function basicClient(authorization: string): { readonly name: string; readonly key: string } | undefined {
  const basic = basicCredentials(authorization);
  return basic && { name: formDecoded(basic.name), key: formDecoded(basic.key) };
}

function formIn(body: string): URLSearchParams {
  if (!body.trimStart().startsWith('{')) return new URLSearchParams(fewPairs(body));
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(jsonIn(body))) if (typeof value === 'string') form.set(name, value);
  return form;
}

/** A token request has five pairs. A body of 16 KiB has room for thousands. */
function fewPairs(body: string): string {
  if (body.split('&', MAX_PAIRS + 1).length <= MAX_PAIRS) return body;
  throw new OAuthProblem('invalid_request', 400, `too many form fields; allowed: ${MAX_PAIRS}`);
}

function jsonIn(body: string): object {
  try {
    return JSON.parse(body) as object;
  } catch {
    // The parser's message quotes the body, which may hold a key.
    throw new OAuthProblem('invalid_request', 400, 'request body is neither a form nor JSON');
  }
}

/**
 * Section 2.3.1 of RFC 6749 encodes both as in a form. A text without a percent sign is not
 * encoded; a text that does not decode stays unchanged.
 */
function formDecoded(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
  } catch {
    return text;
  }
}
