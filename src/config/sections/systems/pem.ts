import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { textThat, type TextRule } from '../../schema/scalars.js';
import type { SigningAlgorithm } from './oauth2-config.js';

const MIN_RSA_BITS = 2048;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs;

/**
 * Returns PEM text with its line breaks. Environment variables often hold the two characters `\n`
 * in their place. PEM text never contains a backslash, so nothing is guessed.
 */
function withLineBreaks(pem: string): string {
  return pem.replaceAll('\\r', '').replaceAll('\\n', '\n');
}

/** The private key of a PEM text. `undefined` if the text or the passphrase is wrong. */
export function privateKeyOf(pem: string, passphrase?: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: withLineBreaks(pem), ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // The message of the error may quote the text.
    return undefined;
  }
}

/** The certificates of a PEM text. `undefined` if one cannot be read, or if there is none. */
export function certificatesOf(pem: string): readonly X509Certificate[] | undefined {
  try {
    const found = withLineBreaks(pem).match(CERTIFICATE) ?? [];
    return found.length === 0 ? undefined : found.map((text) => new X509Certificate(text));
  } catch {
    return undefined;
  }
}

/** The signatures that a key can make. An empty list means that the key is of another kind. */
export function algorithmsOf(key: KeyObject): readonly SigningAlgorithm[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (type === 'rsa') return (details.modulusLength ?? 0) >= MIN_RSA_BITS ? ['RS256', 'RS384'] : [];
  if (type !== 'ec') return [];
  if (details.namedCurve === 'prime256v1') return ['ES256'];
  return details.namedCurve === 'secp384r1' ? ['ES384'] : [];
}

const signingKey: TextRule = (pem) => {
  const key = privateKeyOf(pem);
  if (key === undefined) return 'must be a private key as PEM text without a passphrase';
  return algorithmsOf(key).length === 0
    ? `must be an RSA key of at least ${MIN_RSA_BITS} bits, P-256 or P-384`
    : undefined;
};

const certificates: TextRule = (pem) =>
  certificatesOf(pem) === undefined ? 'must be one or more certificates as PEM text' : undefined;

const privateKeyBlock: TextRule = (pem) =>
  /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/.test(pem) ? undefined : 'must be a private key as PEM text';

/** A key that signs assertions. */
export const signingKeyText = textThat(signingKey).transform(withLineBreaks);
export const certificatesText = textThat(certificates).transform(withLineBreaks);
/** A key that may need a passphrase: `tls-checks.ts` opens it. */
export const privateKeyText = textThat(privateKeyBlock).transform(withLineBreaks);
