import type { OriginConfig } from '../../../../config/sections/lookups/lookup-config.js';
import type { SystemConfig } from '../../../../config/sections/systems/system-config.js';
import type { OriginRequest } from '../../../../origins/origin.js';
import { MASK, SECRET_NAME, secretsOf, splitOnce, withoutSecrets } from './secrets.js';

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
 * Shows a request without its secrets. These are the credentials, the constant headers and
 * parameters of the system, and every parameter or member whose name is the name of a secret.
 *
 * @param request `undefined` means that the values of the request are data of a customer, so the
 *   templates are shown in place of the values
 */
export function shownRequest(system: SystemConfig, origin: OriginConfig, request?: OriginRequest): ShownRequest {
  if (system.type !== 'http') return shownStatement(origin, request);
  const { method, path, body } = request?.kind === 'http' ? filled(request) : declared(origin);
  const { auth, headers, query } = system;
  const keys = [...Object.keys(query), ...(auth.type === 'query' ? [auth.name] : [])];
  const added = keys.map((name) => `${encodeURIComponent(name)}=${MASK}`).join('&');
  const joined = added === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${added}`;
  return {
    method,
    url: withoutSecrets(addressOf(system.baseUrl) + joined, secretsOf(system, request)),
    headers: [
      ...Object.keys(headers),
      ...Object.keys(origin.sql === undefined ? origin.headers : {}),
      ...credentialHeaders(system),
    ].map((name) => `${name}: ${MASK}`),
    body: withoutSecrets(body, secretsOf(system, request)),
    parameters: 0,
  };
}

/**
 * The request for the record that replaces another record.
 *
 * @param template the path that the lookup declares
 * @param request as in `shownRequest`
 */
export function shownSuccessor(system: SystemConfig, template: string, request?: OriginRequest): ShownRequest {
  const none = { system: system.name, record: undefined, failWhen: undefined, notFoundWhen: undefined };
  const get = {
    method: 'GET',
    path: template,
    query: new Map<string, string>(),
    body: undefined,
    headers: {},
  } as const;
  return shownRequest(system, { ...none, ...get, follow: undefined }, request);
}

interface Parts {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

function filled({ method, pathAndQuery, body }: Extract<OriginRequest, { readonly kind: 'http' }>): Parts {
  const [path, search] = splitOnce(pathAndQuery, '?');
  const pairs = search?.split('&').map((pair) => {
    const [name, value] = splitOnce(pair, '=');
    return value === undefined || !SECRET_NAME.test(decodeURIComponent(name)) ? pair : `${name}=${MASK}`;
  });
  return {
    method,
    path: pairs === undefined ? path : `${path}?${pairs.join('&')}`,
    body: body === undefined ? '' : shownBody(body),
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
function shownBody(body: unknown): string {
  if (typeof body === 'string') return `(${body.length} characters)`;
  return JSON.stringify(body, (name, value: unknown) =>
    SECRET_NAME.test(name) && typeof value === 'string' ? MASK : value,
  );
}

function credentialHeaders({ auth }: Extract<SystemConfig, { readonly type: 'http' }>): string[] {
  if (auth.type === 'none' || auth.type === 'query') return [];
  return [auth.type === 'header' ? auth.name : 'Authorization'];
}

/** Without a user, a password and a query. */
function addressOf(baseUrl: string): string {
  const { origin, pathname } = new URL(baseUrl);
  return origin + (pathname === '/' ? '' : pathname);
}
