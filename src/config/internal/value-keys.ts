import type { ValueKey } from '../../kernel/value-cipher.js';
import type { Variables } from './variables.js';

const KEY_BYTES = 32;
const ID = /^[A-Za-z0-9_-]{1,32}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The keys stored values are encrypted with; none: they are not encrypted. Which one is wrong is told by its number: they are secret. */
export function readValueKeys(variables: Variables): readonly ValueKey[] {
  const texts = variables.text('VALUE_KEYS')?.split(',') ?? [];
  const keys = texts.map((text) => {
    const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(text.trim()) ?? [];
    return { id, secret };
  });
  const complaint = wrongKey(keys) ?? sameId(keys);
  if (complaint === undefined) return keys;
  variables.refuse('VALUE_KEYS', complaint);
  return [];
}

function wrongKey(keys: readonly ValueKey[]): string | undefined {
  const at = keys.findIndex(({ id, secret }) => !ID.test(id) || !isKey(secret));
  if (at < 0) return undefined;
  return `must be id:base64 of ${KEY_BYTES} bytes, several separated by commas (key ${at + 1} of ${keys.length} is not)`;
}

function isKey(secret: string): boolean {
  return BASE64.test(secret) && Buffer.from(secret, 'base64').length === KEY_BYTES;
}

function sameId(keys: readonly ValueKey[]): string | undefined {
  const ids = new Set(keys.map(({ id }) => id));
  return ids.size < keys.length ? 'must name each key differently: the id says which one opens a value' : undefined;
}
