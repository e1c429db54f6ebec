import { randomBytes } from 'node:crypto';

/**
 * Above this number the oldest token is deleted. Its holder then gets the answer for an unknown
 * token.
 */
const MAX_TOKENS = 10_000;

/** The user that a token belongs to, in Genesys Cloud. */
export interface TokenUser {
  /** The number of the agent. */
  readonly agent: number;
  /** The number of the organization. The sandbox is organization 1. */
  readonly organization: number;
}

interface IssuedToken {
  readonly clientId: string;
  readonly user: TokenUser | undefined;
  readonly endsAtMs: number;
  revoked: boolean;
}

export interface TokenState {
  readonly clientId: string;
  /** `undefined`: the token belongs to a client alone. */
  readonly user: TokenUser | undefined;
  readonly status: 'valid' | 'expired' | 'revoked';
}

/**
 * The issued tokens. An expired token stays known, so that its state differs from an unknown token.
 */
export class TokenRegistry {
  private readonly issued = new Map<string, IssuedToken>();

  constructor(private readonly nowMs: () => number) {}

  issue(clientId: string, lifeMs: number, user?: TokenUser): string {
    const token = randomBytes(48).toString('base64url');
    this.issued.set(token, { clientId, user, endsAtMs: this.nowMs() + lifeMs, revoked: false });
    for (const oldest of this.issued.keys()) {
      if (this.issued.size <= MAX_TOKENS) break;
      this.issued.delete(oldest);
    }
    return token;
  }

  find(token: string): TokenState | undefined {
    const issued = this.issued.get(token);
    if (issued === undefined) return undefined;
    const { clientId, user, endsAtMs, revoked } = issued;
    if (revoked) return { clientId, user, status: 'revoked' };
    return { clientId, user, status: this.nowMs() < endsAtMs ? 'valid' : 'expired' };
  }

  /** @returns the number of tokens that were valid until now */
  revokeAll(): number {
    return this.revoke(() => true);
  }

  /** @returns the number of tokens of the agent that were valid until now */
  revokeOfAgent(agent: number): number {
    return this.revoke(({ user }) => user?.agent === agent);
  }

  private revoke(matches: (issued: IssuedToken) => boolean): number {
    let revoked = 0;
    for (const [token, issued] of this.issued) {
      if (!matches(issued)) continue;
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
