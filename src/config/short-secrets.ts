import type { Config } from './config.js';

/** Whoever has seen a hash, or a signed body, tries shorter ones on a machine of their own, as fast as it goes. */
const KEY_SECRET_LENGTH = 32;
const CALLER_SECRET_LENGTH = 16;

/** The settings whose secrets are short enough to be guessed, by name. How much is enough is the operator's to say, so none is refused for it. */
export function shortSecrets({ keySecret, callers }: Config): string[] {
  const ofCallers = [...callers.values()].flatMap(({ name, apiKeys, hmacSecrets }) => [
    ...shortAmong(`callers.${name}.apiKeys`, apiKeys),
    ...shortAmong(`callers.${name}.hmacSecrets`, hmacSecrets),
  ]);
  return keySecret.length < KEY_SECRET_LENGTH ? ['KEY_SECRET', ...ofCallers] : ofCallers;
}

function shortAmong(setting: string, secrets: readonly string[]): string[] {
  return secrets.flatMap((secret, at) => (secret.length < CALLER_SECRET_LENGTH ? [`${setting}[${at}]`] : []));
}
