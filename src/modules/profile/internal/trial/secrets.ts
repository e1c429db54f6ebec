import type { SystemConfig } from '../../../../config/sections/systems/system-config.js';
import type { OriginRequest } from '../../../../origins/origin.js';

export const MASK = '***';
/** The author of a file may put a credential into a lookup instead of a system. */
export const SECRET_NAME = /secret|token|passw|pwd|credential|auth|key|sig(nature)?$/i;
/** A shorter text stands in many words that are no secret. */
const MIN_SECRET_LENGTH = 4;
/** The members of `auth` that are no secret. */
const SHOWN_IN_AUTH: ReadonlySet<string> = new Set(['type', 'name', 'username', 'loginUrl', 'tokenUrl', 'scheme']);
/** A token that a login has issued, which the configuration does not know. */
const AUTHORIZATION = /\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/g;

/**
 * The secrets of a request: those of its system, and the parameters with names of secrets.
 *
 * @param request `undefined` means the secrets of the system alone
 */
export function secretsOf(system: SystemConfig, request?: OriginRequest): readonly string[] {
  if (system.type !== 'http') return [system.url, new URL(system.url).password];
  const { auth, headers, query } = system;
  const ofAuth = Object.entries(auth).flatMap(([name, value]) => (SHOWN_IN_AUTH.has(name) ? [] : [value as unknown]));
  const basic = auth.type === 'basic' ? [Buffer.from(`${auth.username}:${auth.password}`).toString('base64')] : [];
  const ofRequest =
    request?.kind === 'http' ? [...secretsIn(request.pathAndQuery), ...Object.values(request.headers ?? {})] : [];
  const texts = [...ofAuth, ...basic, ...Object.values(headers), ...Object.values(query), ...ofRequest];
  return texts.filter((text): text is string => typeof text === 'string');
}

/**
 * Replaces each secret in every text of a value, also in the form in which a URL has it. An origin
 * may repeat the credentials that it got.
 */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  // The longest first: a secret may be a part of another.
  const known = forms.filter(({ length }) => length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
  const masked = (text: string): string =>
    known.reduce((shown, secret) => shown.replaceAll(secret, MASK), text).replace(AUTHORIZATION, `$1 ${MASK}`);
  return mapTexts(value, masked) as T;
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

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapTexts(member, change)]));
}
