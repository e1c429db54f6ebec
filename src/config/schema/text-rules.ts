import net from 'node:net';
import { isKnownCharset } from '../../kernel/decode-text.js';
import type { TextRule } from './scalars.js';

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const HOST = /^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$/;
const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** The values that Node accepts in a header. */
const HTTP_VALUE = /^[\t\x20-\x7e\x80-\xff]+$/;

/**
 * Names of systems, lookups, callers and inputs: safe in a key, a metric label, a path and a
 * template.
 */
export const name: TextRule = (text) =>
  NAME.test(text) ? undefined : 'must be a name: a letter, then at most 63 letters, digits, `_` or `-`';

export const filled: TextRule = (text) => (text.trim() === '' ? 'must not be empty' : undefined);

/** Files and tools often add a line break to a secret. Such a secret would match no request. */
export const unpadded: TextRule = (text) =>
  text === text.trim() ? undefined : 'must not begin or end with a space or a line break';

export const printable: TextRule = (text) =>
  /\p{Cc}/u.test(text) ? 'must not contain a line break or another control character' : undefined;

export const headerName: TextRule = (text) =>
  HTTP_TOKEN.test(text) ? undefined : 'must be the name of an HTTP header';

export const headerValue: TextRule = (text) =>
  HTTP_VALUE.test(text) ? undefined : 'must be Latin-1 text without control characters, as in an HTTP header';

/** A colon ends the username in the credentials of RFC 7617. */
export const noColon: TextRule = (text) => (text.includes(':') ? 'must not contain a colon' : undefined);

export const tenant: TextRule = (text) =>
  /^(\*|[A-Za-z0-9_-]{1,64})$/.test(text) ? undefined : 'must be * or a tenant: at most 64 letters, digits, `_` or `-`';

/** The name of a region, as in `REGION`. */
export const regionName: TextRule = (text) =>
  /^[A-Za-z0-9_-]{1,32}$/.test(text) ? undefined : 'must be at most 32 letters, digits, `_` or `-`';

export const knownCharset: TextRule = (text) =>
  isKnownCharset(text) ? undefined : 'must be a charset of the WHATWG Encoding Standard, such as windows-1252';

export const baseUrl: TextRule = (text) =>
  httpAddress(text) ?? (/[?#]/.test(text) ? 'must not contain ? or #' : undefined);

/** Unlike `baseUrl`, may have a query. Microsoft selects a policy in the query of its login. */
export const tokenAddress: TextRule = (text) =>
  httpAddress(text) ?? (text.includes('#') ? 'must not contain #' : undefined);

const httpAddress: TextRule = (text) => {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text) || /[\s\\]/.test(text))
    return 'must be an http:// or https:// address';
  return url.username !== '' || url.password !== '' ? 'must not contain credentials: write them in auth' : undefined;
};

/** A name in a certificate, or an address. */
export const hostName: TextRule = (text) =>
  net.isIP(text) !== 0 || HOST.test(text) ? undefined : 'must be the name of a host, without scheme and port';

/**
 * The path of an origin. The path cannot leave the base URL, in any spelling that a URL parser
 * accepts.
 */
export const originPath: TextRule = (text) => {
  if (!/^\/(?!\/)/.test(text)) return 'must start with one /';
  if (/[?#]/.test(text)) return 'must not contain ? or #: write parameters in query';
  if (/[\s\\\p{Cc}]/u.test(text)) return 'must not contain a space, a backslash or a control character';
  const segments = text.replaceAll(/%2e/gi, '.').split('/');
  return segments.includes('..') ? 'must not contain the segment ..' : undefined;
};

/** Whether every `%` in the text begins an escape of a URL. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
