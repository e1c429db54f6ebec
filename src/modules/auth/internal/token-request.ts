import type { Scope } from '../../../config/config.js';
import { OAuthProblem } from '../../../kernel/errors.js';
import { basicCredentials } from './basic-credentials.js';

/** A request for a token, as RFC 6749, section 4.4 has it. */
export interface TokenRequest {
  readonly name: string;
  readonly key: string;
  /** Absent: all that the caller has. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * Reads name and key from the form or from Basic, never from both (RFC 6749, section 2.3). A JSON object is taken for a form.
 *
 * @throws {OAuthProblem}
 */
export function readTokenRequest(authorization: string | undefined, body: string): TokenRequest {
  const form = formIn(body);
  const grant = form.get('grant_type');
  if (grant === null) throw new OAuthProblem('invalid_request', 400, 'grant_type is missing');
  if (grant !== 'client_credentials')
    throw new OAuthProblem('unsupported_grant_type', 400, 'only client_credentials is offered');
  const scopes = form
    .get('scope')
    ?.split(' ')
    .filter((word) => word !== '');
  return { ...credentials(authorization, form), scopes: scopes?.length === 0 ? undefined : scopes };
}

/**
 * The scopes that were asked for, all of which the caller must have.
 *
 * @throws {OAuthProblem}
 */
export function grantedScopes(has: ReadonlySet<Scope>, wanted: readonly string[] | undefined): ReadonlySet<Scope> {
  if (wanted === undefined) return has;
  const granted = [...has].filter((scope) => wanted.includes(scope));
  if (granted.length < new Set(wanted).size)
    throw new OAuthProblem('invalid_scope', 400, 'a scope is not among those of the caller');
  return new Set(granted);
}

function credentials(authorization: string | undefined, form: URLSearchParams): { name: string; key: string } {
  const [name, key] = [form.get('client_id'), form.get('client_secret')];
  if (authorization === undefined) {
    if (name === null || key === null) throw new OAuthProblem('invalid_client', 401, 'valid credentials are needed');
    return { name, key };
  }
  if (key !== null)
    throw new OAuthProblem('invalid_request', 400, 'give the credentials once: in the form or as Basic');
  const given = basicCredentials(authorization);
  if (given === undefined) throw new OAuthProblem('invalid_client', 401, 'valid credentials are needed');
  return { name: formDecoded(given.name), key: formDecoded(given.key) };
}

function formIn(body: string): URLSearchParams {
  if (!body.trimStart().startsWith('{')) return new URLSearchParams(body);
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(jsonIn(body))) if (typeof value === 'string') form.set(name, value);
  return form;
}

function jsonIn(body: string): object {
  try {
    return JSON.parse(body) as object;
  } catch {
    // The parser's message quotes the body, and so perhaps a key.
    throw new OAuthProblem('invalid_request', 400, 'the body is neither a form nor JSON');
  }
}

/** Section 2.3.1 has both encoded as in a form; whoever does not do so sends no percent sign that would be mistaken for one. */
function formDecoded(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
  } catch {
    return text;
  }
}
