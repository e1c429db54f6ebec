import { GENESYS_NAMES } from '../reserved-names.js';
import type { TextRule } from './scalars.js';

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What Node sends in a header without refusing. */
const HTTP_VALUE = /^[\t\x20-\x7e\x80-\xff]+$/;

/** Names of systems, lookups, callers and inputs: safe in a key, a metric label, a path and a template. */
export const name: TextRule = (text) =>
  NAME.test(text) ? undefined : 'must be a name: a letter, then at most 63 letters, digits, `_` or `-`';

export const GENESYS_RESERVES = 'is reserved: Genesys Cloud fills an input of this name itself';

/** An input's name that the contract of a Data Action may use. */
export const acceptedByGenesys: TextRule = (text) => (GENESYS_NAMES.has(text) ? GENESYS_RESERVES : undefined);

export const filled: TextRule = (text) => (text.trim() === '' ? 'must not be empty' : undefined);

/** A secret that ends in a line break, as files and tools like to hand it over, would match nothing anybody sends. */
export const unpadded: TextRule = (text) =>
  text === text.trim() ? undefined : 'must have no space or line break around it';

export const printable: TextRule = (text) =>
  /\p{Cc}/u.test(text) ? 'must hold no line break or other control character' : undefined;

export const headerName: TextRule = (text) =>
  HTTP_TOKEN.test(text) ? undefined : 'must be the name of an HTTP header';

export const headerValue: TextRule = (text) =>
  HTTP_VALUE.test(text) ? undefined : 'must fit into an HTTP header: no control characters, nothing beyond Latin-1';

/** A colon ends the name in the credentials of RFC 7617. */
export const noColon: TextRule = (text) => (text.includes(':') ? 'must hold no colon' : undefined);

export const tenant: TextRule = (text) =>
  /^(\*|[A-Za-z0-9_-]{1,64})$/.test(text) ? undefined : 'must be * or a tenant: at most 64 letters, digits, `_` or `-`';

export const baseUrl: TextRule = (text) => {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text) || /[\s\\]/.test(text))
    return 'must be an http:// or https:// address';
  if (url.username !== '' || url.password !== '') return 'must hold no credentials: they belong in auth';
  return /[?#]/.test(text) ? 'must hold no query and no #' : undefined;
};

/** The path of an origin. Whatever could lead out of the declared place is refused, in every spelling a URL parser knows. */
export const originPath: TextRule = (text) => {
  if (!/^\/(?!\/)/.test(text)) return 'must start with one /';
  if (/[?#]/.test(text)) return 'must hold no ? and no #: parameters belong in query';
  if (/[\s\\\p{Cc}]/u.test(text)) return 'must hold no space, backslash or control character';
  const segments = text.replaceAll(/%2e/gi, '.').split('/');
  return segments.includes('..') ? 'must not climb with ..' : undefined;
};
