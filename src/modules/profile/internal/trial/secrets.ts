import type { LookupConfig } from '../../../../config/sections/lookups/lookup-config.js';
import type { SystemConfig } from '../../../../config/sections/systems/system-config.js';
import type { Credentials } from '../../../../origins/auth/auth-strategy.js';
import type { OriginRequest } from '../../../../origins/origin.js';

export const MASK = '***';
/** The author of a file may put a credential into a lookup instead of a system. */
export const SECRET_NAME = /secret|token|passw|pwd|credential|auth|key|sig(nature)?$/i;
/** A shorter text would be found in many words that are not secret. */
const MIN_SECRET_LENGTH = 4;
/** The members of `auth` that are no secret. */
const SHOWN_IN_AUTH: ReadonlySet<string> = new Set([
  'type',
  'name',
  'username',
  'loginUrl',
  'tokenUrl',
  'scheme',
  'grant',
  'clientAuthentication',
  'algorithm',
  'writePermissions',
]);
/**
 * Headers that describe the request. Their values also occur in answers, so they are not secret.
 */
const NO_CREDENTIALS: ReadonlySet<string> = new Set(['accept', 'content-type']);
/** A token that a login has issued, which the configuration does not know. */
const AUTHORIZATION = /\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/g;

type Pairs = Readonly<Record<string, string>>;

/** Where the secrets of a call come from. */
interface SecretSources {
  readonly system: SystemConfig;
  readonly lookup: Pick<LookupConfig, 'secrets'>;
  /** `undefined` means the secrets of the system and the lookup alone. */
  readonly request?: OriginRequest | undefined;
  /** The credentials of every attempt. `undefined` means that no call was made yet. */
  readonly credentials?: readonly Credentials[];
}

/**
 * The secrets of a call. These are the secrets of its system, and the values that the lookup took
 * from the environment. The credentials that were sent and parameters with names of secrets count,
 * too.
 */
export function secretsOf({ system, lookup, request, credentials = [] }: SecretSources): readonly string[] {
  const sent = credentials.flatMap(({ headers, query = {} }) => [...secretHeaders(headers), ...Object.values(query)]);
  return [...secretsOfSystem(system), ...lookup.secrets, ...secretsOfRequest(request), ...sent.flatMap(withoutScheme)];
}

function secretsOfSystem(system: SystemConfig): readonly string[] {
  if (system.type !== 'http') return [system.url, ...passwordsOf(system.url), ...textsIn(system.tls)];
  const { auth, headers, query, tls } = system;
  const ofAuth = Object.entries(auth).flatMap(([name, value]) => (SHOWN_IN_AUTH.has(name) ? [] : textsIn(value)));
  const basic = auth.type === 'basic' ? [Buffer.from(`${auth.username}:${auth.password}`).toString('base64')] : [];
  const constants = [...secretHeaders(headers), ...Object.values(query)];
  return [...ofAuth, ...basic, ...constants, ...textsIn(tls), ...secretsOfPath(system)];
}

/** Some systems expect a key in the path. An address as a whole, and a host, are no secret. */
export function secretsOfPath({
  baseUrl,
  environment,
}: Extract<SystemConfig, { readonly type: 'http' }>): readonly string[] {
  const { pathname } = new URL(baseUrl);
  return environment.filter((value) => pathname.includes(value));
}

/** As written in the address, and as the database gets it. */
function passwordsOf(url: string): readonly string[] {
  const { password } = new URL(url);
  return [password, decodeURIComponent(password)];
}

function secretsOfRequest(request: OriginRequest | undefined): readonly string[] {
  return request?.kind === 'http' ? [...secretsIn(request.pathAndQuery), ...secretHeaders(request.headers ?? {})] : [];
}

function secretHeaders(headers: Pairs): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => (NO_CREDENTIALS.has(name.toLowerCase()) ? [] : [value]));
}

/** An origin may repeat a token without its scheme, such as `Bearer`. */
function withoutScheme(sent: string): readonly string[] {
  const [, token] = splitOnce(sent, ' ');
  return token === undefined ? [sent] : [sent, token];
}

/**
 * Replaces each secret in every text of a value, in each form in which a request has it. An origin
 * may repeat the credentials that it got.
 *
 * @param minLength the length of the shortest secret that is replaced
 */
export function withoutSecrets<T>(value: T, secrets: readonly string[], minLength = MIN_SECRET_LENGTH): T {
  const forms = new Set(secrets.filter(({ length }) => length >= minLength).flatMap(formsOf));
  // The longest first: a secret may be a part of another.
  const known = [...forms].sort((a, b) => b.length - a.length);
  const masked = (text: string): string =>
    known.reduce((shown, secret) => shown.replaceAll(secret, MASK), text).replace(AUTHORIZATION, `$1 ${MASK}`);
  return mapTexts(value, masked) as T;
}

/** A text as it stands, in a query, in a path, in a form, and in JSON. */
function formsOf(text: string): readonly string[] {
  const inForm = new URLSearchParams({ '': text }).toString().slice(1);
  return [text, encodeURIComponent(text), encodeURI(text), inForm, JSON.stringify(text).slice(1, -1)];
}

export function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function secretsIn(pathAndQuery: string): string[] {
  const [, search = ''] = splitOnce(pathAndQuery, '?');
  return search.split('&').flatMap((pair) => {
    const [name = '', value] = splitOnce(pair, '=').map((part) => decodeURIComponent(String(part)));
    return value !== undefined && SECRET_NAME.test(name) ? [value] : [];
  });
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapTexts(member, change)]));
}
