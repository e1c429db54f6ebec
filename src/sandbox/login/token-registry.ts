import { randomBytes } from 'node:crypto';

/**
 * Above this number the oldest token is deleted. Its holder then gets the answer for an unknown
 * token.
 */
const MAX_TOKENS = 10_000;

interface IssuedToken {
  readonly clientId: string;
  readonly endsAtMs: number;
  revoked: boolean;
}

export interface TokenState {
  readonly clientId: string;
  readonly status: 'valid' | 'expired' | 'revoked';
}

/**
 * The issued tokens. An expired token stays known, so that its state differs from an unknown token.
 */
export class TokenRegistry {
  private readonly issued = new Map<string, IssuedToken>();

  constructor(private readonly nowMs: () => number) {}

  issue(clientId: string, lifeMs: number): string {
    const token = randomBytes(48).toString('base64url');
    this.issued.set(token, { clientId, endsAtMs: this.nowMs() + lifeMs, revoked: false });
    for (const oldest of this.issued.keys()) {
      if (this.issued.size <= MAX_TOKENS) break;
      this.issued.delete(oldest);
    }
    return token;
  }

  find(token: string): TokenState | undefined {
    const issued = this.issued.get(token);
    if (issued === undefined) return undefined;
    const { clientId, endsAtMs, revoked } = issued;
    if (revoked) return { clientId, status: 'revoked' };
    return { clientId, status: this.nowMs() < endsAtMs ? 'valid' : 'expired' };
  }

  /** @returns the number of tokens that were valid until now */
  revokeAll(): number {
    let revoked = 0;
    for (const [token, issued] of this.issued) {
      if (this.find(token)?.status === 'valid') revoked += 1;
      issued.revoked = true;
    }
    return revoked;
  }
}

/** The token of an `Authorization: Bearer …` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}
