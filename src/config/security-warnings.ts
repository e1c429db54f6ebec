/** Settings that are allowed but risky. `startup/` logs a warning for each at start. */

import { DEVELOPMENT_KEY_SECRET } from './sections/secrets.js';

interface Secrets {
  readonly keySecret: string;
  readonly callers: ReadonlyMap<string, CallerSecrets>;
}

interface CallerSecrets {
  readonly name: string;
  readonly apiKeys: readonly string[];
  readonly hmacSecrets: readonly string[];
}

const PLAINTEXT_SCHEMES: ReadonlySet<string> = new Set(['http:', 'redis:']);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * The shortest secrets that no attacker guesses offline. An attacker who holds a hash or a signed
 * body can try shorter ones on another machine without a limit.
 */
const KEY_SECRET_LENGTH = 32;
const CALLER_SECRET_LENGTH = 16;

/** Whether requests to this address leave the machine unencrypted. */
export function isPlaintextRemote(url: URL | null): boolean {
  return url !== null && PLAINTEXT_SCHEMES.has(url.protocol) && url.hostname !== '' && !isLoopback(url.hostname);
}

/** Whether a host name or an address means this machine. An IPv6 address is in brackets. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Returns the names of the settings whose secrets are short enough to be guessed.
 * Datadip refuses none of them: the operator decides how long a secret must be.
 */
export function shortSecrets({ keySecret, callers }: Secrets): string[] {
  const callerSettings = [...callers.values()].flatMap(({ name, apiKeys, hmacSecrets }) => [
    ...shortAmong(`callers.${name}.apiKeys`, apiKeys),
    ...shortAmong(`callers.${name}.hmacSecrets`, hmacSecrets),
  ]);
  return keySecret.length < KEY_SECRET_LENGTH ? ['KEY_SECRET', ...callerSettings] : callerSettings;
}

function shortAmong(setting: string, secrets: readonly string[]): string[] {
  return secrets.flatMap((secret, at) => (secret.length < CALLER_SECRET_LENGTH ? [`${setting}[${at}]`] : []));
}

/** Whether the key of the hashes in the store is the published default. */
export function hasPublicKeySecret({ keySecret }: Pick<Secrets, 'keySecret'>): boolean {
  return keySecret === DEVELOPMENT_KEY_SECRET;
}
