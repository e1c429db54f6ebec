import type { Path } from './path.js';
import { Substituted } from './placeholders.js';

/** In these two blocks nothing else may be shown: a secret often sits under a misspelt key, or where the block should be. */
const SHOWN_IN_AUTH: ReadonlySet<string> = new Set(['type', 'name', 'username']);
const SHOWN_IN_CALLER: ReadonlySet<string> = new Set(['tenants', 'scopes', 'limits']);
const SECRET_NAME = /secret|token|passw|credential|authorization|api[-_]?key/i;
/** An address may carry a password before `@`, and a key after `?`. */
const ADDRESSES: ReadonlySet<string> = new Set(['baseUrl', 'path']);
const WITH_CREDENTIALS = /:\/\/\S*@/;
const LONGEST_SHOWN = 120;

/** A value of the file as it may be printed; `undefined` where it may not, or where there is nothing short to print. */
export function shownValue(path: Path, value: unknown): string | undefined {
  if (value instanceof Substituted || isSecret(path) || mayCarrySecret(path, value)) return undefined;
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) ? quoted(value) : undefined;
}

/** As one would write it, on one line: text in quotes, control characters escaped. */
export function quoted(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function isSecret(path: Path): boolean {
  const [section, , block, setting] = path;
  if (section === 'systems' && block === 'auth') return !SHOWN_IN_AUTH.has(String(setting));
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
