import { quoted } from '../config-error.js';
import type { Path } from './finding.js';
import { Substituted } from './placeholders.js';

/**
 * The only keys of these two blocks whose values are shown. A secret is often under a misspelt
 * key, or in place of the block.
 */
const SHOWN_IN_AUTH: ReadonlySet<string> = new Set([
  'type',
  'name',
  'username',
  'tokenUrl',
  'grant',
  'clientAuthentication',
  'algorithm',
]);
/**
 * Other keys of a system with secrets. No value in them is shown. The `url` of a database holds a
 * password.
 */
const HIDDEN_IN_SYSTEM: ReadonlySet<string> = new Set(['headers', 'query', 'tls', 'url']);
const SHOWN_IN_CALLER: ReadonlySet<string> = new Set(['tenants', 'scopes', 'lookups', 'limits']);
const SECRET_NAME = /secret|token|passw|credential|authorization|api[-_]?key/i;
/** An address may hold a password before `@`, and a key after `?`. */
const ADDRESSES: ReadonlySet<string> = new Set(['baseUrl', 'path', 'tokenUrl', 'url']);
const WITH_CREDENTIALS = /:\/\/\S*@/;

/**
 * Returns a value of the file as text, or `undefined` if it may be a secret, or is a list or a map.
 */
export function shownValue(path: Path, value: unknown): string | undefined {
  if (value instanceof Substituted || isSecret(path) || mayCarrySecret(path, value)) return undefined;
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) ? quoted(value) : undefined;
}

function isSecret(path: Path): boolean {
  const [section, , block, setting] = path;
  // A tenant's own system stands two levels deeper than a system of the file.
  if (section === 'tenants' && block === 'systems') return isSecret(path.slice(2));
  if (section === 'systems' && block === 'auth') return !SHOWN_IN_AUTH.has(String(setting));
  if (section === 'systems' && HIDDEN_IN_SYSTEM.has(String(block))) return true;
  if (section === 'callers') return !SHOWN_IN_CALLER.has(String(block));
  return SECRET_NAME.test(lastName(path));
}

function mayCarrySecret(path: Path, value: unknown): boolean {
  const sign = ADDRESSES.has(lastName(path)) ? /[@?]/ : WITH_CREDENTIALS;
  return typeof value === 'string' && sign.test(value);
}

function lastName(path: Path): string {
  return path.findLast((step) => typeof step === 'string') ?? '';
}
