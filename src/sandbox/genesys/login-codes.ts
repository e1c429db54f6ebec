import { createHash, randomBytes } from 'node:crypto';
import type { TokenUser } from '../login/token-registry.js';

/** The maximum number of codes. Above it the oldest code is deleted. */
const MAX_CODES = 1000;
const LIFE_MS = 60_000;

/** A login that the token endpoint may complete. */
export interface LoginGrant {
  readonly clientId: string;
  readonly redirectUri: string;
  /** SHA-256 of the verifier, in base64url (RFC 7636, method S256). */
  readonly challenge: string;
  readonly user: TokenUser;
}

/** The codes of the authorization code flow. A code is valid once, for a minute. */
export class LoginCodes {
  private readonly grants = new Map<string, LoginGrant & { readonly endsAtMs: number }>();

  constructor(private readonly nowMs: () => number) {}

  issue(grant: LoginGrant): string {
    const code = randomBytes(32).toString('base64url');
    this.grants.set(code, { ...grant, endsAtMs: this.nowMs() + LIFE_MS });
    for (const oldest of this.grants.keys()) {
      if (this.grants.size <= MAX_CODES) break;
      this.grants.delete(oldest);
    }
    return code;
  }

  /** A code that was presented is used up, also if the rest of the form is wrong. */
  redeem(form: URLSearchParams): LoginGrant | undefined {
    const code = form.get('code') ?? '';
    const grant = this.grants.get(code);
    this.grants.delete(code);
    if (grant === undefined || this.nowMs() >= grant.endsAtMs) return undefined;
    const isSame = form.get('client_id') === grant.clientId && form.get('redirect_uri') === grant.redirectUri;
    return isSame && challengeOf(form.get('code_verifier') ?? '') === grant.challenge ? grant : undefined;
  }
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
