import type { LookupConfig, OriginConfig } from '../../../../config/sections/lookups/lookup-config.js';
import type { HttpSystemConfig, SystemConfig } from '../../../../config/sections/systems/system-config.js';
import type { OriginRequest } from '../../../../origins/origin.js';
import { MASK, SECRET_NAME, secretsOf, secretsOfPath, splitOnce, withoutSecrets } from './secrets.js';

/** A request to a system of record, as an operator sees it. */
export interface ShownRequest {
  readonly method: string;
  /** The address with its query. Empty for a database. */
  readonly url: string;
  /** `Name: value`, one line each. */
  readonly headers: readonly string[];
  /** The body, or the statement of a database. Empty if there is none. */
  readonly body: string;
  /** How many parameters the statement has. 0 for HTTP. */
  readonly parameters: number;
}

/**
 * Shows a request without its secrets. These are the credentials, and the constant headers and
 * parameters of the system. Every value that the lookup took from the environment is a secret, and
 * every parameter or member with the name of a secret.
 *
 * @param request `undefined` means that the values of the request are data of a customer, so the
 *   templates are shown in place of the values
 */
export function shownRequest(system: SystemConfig, lookup: ShownLookup, request?: OriginRequest): ShownRequest {
  const { origin, secrets } = lookup;
  if (system.type !== 'http') return withoutSecrets(shownStatement(origin, request), secrets, 1);
  const { method, path: given, body } = request?.kind === 'http' ? filled(request, secrets) : declared(origin);
  // Also the short values: a version such as `2` may be in the path.
  const path = withoutSecrets(given, secrets, 1);
  const known = secretsOf({ system, lookup, request });
  const { headers, query } = system;
  const credentials = credentialNames(system);
  const keys = [...Object.keys(query), ...credentials.parameters];
  const added = keys.map((name) => `${encodeURIComponent(name)}=${MASK}`).join('&');
  const joined = added === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${added}`;
  return {
    method,
    url: addressOf(system) + withoutSecrets(joined, known),
    headers: [
      ...Object.keys(headers),
      ...Object.keys(origin.sql === undefined ? origin.headers : {}),
      ...credentials.headers,
    ].map((name) => `${name}: ${MASK}`),
    body: withoutSecrets(body, known),
    parameters: 0,
  };
}

/**
 * The request for the record that replaces another record.
 *
 * @param template the path that the lookup declares
 * @param request as in `shownRequest`
 */
export function shownSuccessor(
  system: SystemConfig,
  lookup: ShownLookup,
  template: string,
  request?: OriginRequest,
): ShownRequest {
  const none = { system: system.name, record: undefined, failWhen: undefined, notFoundWhen: undefined };
  const get = {
    method: 'GET',
    path: template,
    query: new Map<string, string>(),
    body: undefined,
    headers: {},
  } as const;
  const origin = { ...none, ...get, follow: undefined };
  return shownRequest(system, { origin, secrets: lookup.secrets }, request);
}

type ShownLookup = Pick<LookupConfig, 'origin' | 'secrets'>;

interface CredentialNames {
  readonly headers: readonly string[];
  readonly parameters: readonly string[];
}

interface Parts {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

function filled(
  { method, pathAndQuery, body }: Extract<OriginRequest, { readonly kind: 'http' }>,
  secrets: readonly string[],
): Parts {
  const [path, search] = splitOnce(pathAndQuery, '?');
  const pairs = search?.split('&').map((pair) => {
    const [name, value] = splitOnce(pair, '=');
    return value === undefined || !SECRET_NAME.test(decodeURIComponent(name)) ? pair : `${name}=${MASK}`;
  });
  return {
    method,
    path: pairs === undefined ? path : `${path}?${pairs.join('&')}`,
    body: body === undefined ? '' : shownBody(body, secrets),
  };
}

/** The templates of a lookup, in place of values. */
function declared(origin: OriginConfig): Parts {
  if (origin.sql !== undefined) return { method: '', path: '', body: origin.sql };
  const { method, path, query, body } = origin;
  const pairs = [...query].flatMap(([name, texts]) =>
    [texts].flat().map((text) => `${name}=${SECRET_NAME.test(name) ? MASK : text}`),
  );
  return {
    method,
    path: pairs.length === 0 ? path : `${path}?${pairs.join('&')}`,
    body: body === undefined ? '' : MASK,
  };
}

function shownStatement(origin: OriginConfig, request?: OriginRequest): ShownRequest {
  const parameters = request?.kind === 'sql' ? request.values.length : (origin.sql?.split('{').length ?? 1) - 1;
  return { method: 'SQL', url: '', headers: [], body: origin.sql ?? '', parameters };
}

/** A text that is not JSON is not shown, because a password may stand anywhere in it. */
function shownBody(body: unknown, secrets: readonly string[]): string {
  if (typeof body === 'string') return `(${body.length} characters)`;
  const text = JSON.stringify(body, (name, value: unknown) =>
    SECRET_NAME.test(name) && typeof value === 'string' ? MASK : value,
  );
  return withoutSecrets(text, secrets, 1);
}

/** The headers and the parameters that hold the credentials. */
function credentialNames({ auth }: HttpSystemConfig): CredentialNames {
  switch (auth.type) {
    case 'none':
      return { headers: [], parameters: [] };
    case 'header':
      return { headers: [auth.name], parameters: [] };
    case 'query':
      return { headers: [], parameters: [auth.name] };
    case 'bearer':
    case 'basic':
    case 'genesys':
    case 'cxone':
    case 'oauth2':
      return { headers: ['Authorization'], parameters: [] };
  }
}

/** Without a user, a password and a query, and without the values that its path holds. */
function addressOf(system: HttpSystemConfig): string {
  const { origin, pathname } = new URL(system.baseUrl);
  return origin + (pathname === '/' ? '' : withoutSecrets(pathname, secretsOfPath(system), 1));
}
