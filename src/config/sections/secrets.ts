import type { ValueKey } from '../../kernel/value-cipher.js';
import type { VariableDoc, Variables } from '../environment/variables.js';

/** `SecretsConfig` */
export const SECRETS = Symbol('secrets');

/** The secrets of the deployment. The secrets of callers belong to `callers`. */
export interface SecretsConfig {
  /**
   * The key of the hash of every identifier in the store. All processes that share a store need the
   * same key. Production requires it; the default elsewhere is a fixed, public value.
   */
  readonly keySecret: string;
  /**
   * The keys that encrypt stored values. The first key encrypts, every key decrypts.
   * An empty list, the default, means that values are not encrypted.
   */
  readonly valueKeys: readonly ValueKey[];
}

export const SECRET_VARIABLES: readonly VariableDoc[] = [
  {
    name: 'KEY_SECRET',
    meaning:
      'The key of the hash of phone numbers, addresses and ids in the store. Production requires it, and warns below 32 characters. All processes that share a store need the same key. After a change, Datadip finds no entry that it stored before. Outside production the default is a fixed, public value.',
    default: '',
    isSecret: true,
  },
  {
    name: 'VALUE_KEYS',
    meaning:
      'The keys that encrypt stored values with AES-256-GCM: id:base64 of 32 bytes, several separated by commas. The first key encrypts, every key decrypts. `openssl rand -base64 32` makes a key. If the variable is empty, values are not encrypted.',
    default: '',
    isSecret: true,
  },
];

/** Keys the hashes of a development store. This key is public, so production refuses it. */
export const DEVELOPMENT_KEY_SECRET = 'datadip-development-only';

const KEY_BYTES = 32;
const ID = /^[A-Za-z0-9_-]{1,32}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export function readSecrets(variables: Variables, isProduction: boolean): SecretsConfig {
  return { keySecret: readKeySecret(variables, isProduction), valueKeys: readValueKeys(variables) };
}

function readKeySecret(variables: Variables, isProduction: boolean): string {
  const secret = variables.text('KEY_SECRET');
  const complaint = isProduction ? weakness(secret) : undefined;
  if (complaint !== undefined) variables.refuse('KEY_SECRET', complaint);
  return secret ?? DEVELOPMENT_KEY_SECRET;
}

function weakness(secret: string | undefined): string | undefined {
  if (secret === undefined || secret.trim() === '') return 'required in production';
  return secret === DEVELOPMENT_KEY_SECRET ? 'must not be the development value in production' : undefined;
}

/** Names a wrong key by its number, because the key is secret. */
function readValueKeys(variables: Variables): readonly ValueKey[] {
  const keys = variables.list('VALUE_KEYS').map((text) => {
    const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
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
  return ids.size < keys.length ? 'must name each key differently: the id says which key decrypts a value' : undefined;
}
