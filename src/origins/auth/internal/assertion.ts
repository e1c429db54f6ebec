import { SignJWT } from 'jose';
import { createPrivateKey, randomUUID, type KeyObject } from 'node:crypto';
import type { OAuth2Auth, SigningAlgorithm } from '../../../config/sections/systems/oauth2-config.js';

/**
 * The life of an assertion. FHIR allows 5 min, and logins compare with their own clock. So the
 * clocks may differ by two minutes.
 */
const LIFE_S = 180;

interface AssertionClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** Claims of other names. `undefined` means none. */
  readonly further?: Readonly<Record<string, string>>;
}

/** Makes a signed assertion (RFC 7523) for one token request. */
export type SignAssertion = (claims: AssertionClaims) => Promise<string>;

/**
 * Reads the key once.
 *
 * @throws {TypeError} for a key or an algorithm that the configuration checks refuse
 */
export function assertionSigner({ privateKey = '', keyId, algorithm }: OAuth2Auth): SignAssertion {
  const key = createPrivateKey(privateKey);
  const header = {
    typ: 'JWT',
    alg: algorithm ?? defaultAlgorithm(key),
    ...(keyId === undefined ? {} : { kid: keyId }),
  };
  return ({ issuer, subject, audience, further = {} }) => {
    const nowS = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...further })
      .setProtectedHeader(header)
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + LIFE_S)
      .sign(key);
  };
}

function defaultAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SigningAlgorithm {
  if (asymmetricKeyType === 'rsa') return 'RS256';
  return asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'ES384' : 'ES256';
}
