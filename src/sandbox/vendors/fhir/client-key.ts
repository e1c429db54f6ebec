import { generateKeyPairSync, verify, type KeyObject } from 'node:crypto';

/** Registered with the server, as the only client. */
export const CLIENT_ID = 'sandbox-fhir-client';
const KEY_ID = 'sandbox-key-1';
/** The longest life of an assertion, in seconds. */
const MAX_LIFE_S = 300;

type Claims = Readonly<Record<string, unknown>>;

/**
 * The key of the client. The server keeps the public part, as if the client had registered it. The
 * first question for the key creates the pair.
 */
export class ClientKey {
  private publicKey: KeyObject | undefined;
  private pem = '';
  private readonly seen = new Set<unknown>();

  /** The private key, as the developer of the client has it. */
  get document(): { readonly clientId: string; readonly keyId: string; readonly privateKey: string } {
    if (this.publicKey === undefined) {
      const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
      this.publicKey = pair.publicKey;
      this.pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    }
    return { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: this.pem };
  }

  /**
   * The problem of a client assertion (RFC 7523, RS384). `undefined` means that it is valid. An
   * assertion is accepted once.
   */
  problemOf(assertion: string, audience: string): string | undefined {
    const [head = '', payload = '', signature = ''] = assertion.split('.');
    const header = parsed(head);
    if (header.alg !== 'RS384' || header.typ !== 'JWT' || header.kid !== KEY_ID) return 'alg, typ or kid';
    const signed = Buffer.from(`${head}.${payload}`);
    const isSigned =
      this.publicKey !== undefined && verify('sha384', signed, this.publicKey, Buffer.from(signature, 'base64url'));
    return isSigned ? this.claimProblem(parsed(payload), audience) : 'signature';
  }

  private claimProblem({ iss, sub, aud, jti, exp }: Claims, audience: string): string | undefined {
    if (iss !== CLIENT_ID || sub !== CLIENT_ID) return 'iss or sub';
    if (aud !== audience) return 'aud';
    if (!isSoon(exp)) return 'exp';
    if (typeof jti !== 'string' || jti === '' || this.seen.has(jti)) return 'jti';
    this.seen.add(jti);
    return undefined;
  }
}

function isSoon(exp: unknown): boolean {
  const nowS = Date.now() / 1000;
  return typeof exp === 'number' && exp > nowS && exp <= nowS + MAX_LIFE_S;
}

function parsed(part: string): Claims {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
  } catch {
    return {};
  }
}
