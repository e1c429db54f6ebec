import { randomBytes } from 'node:crypto';

/** Beyond it the oldest token is forgotten, and whoever still holds it is told that it is none. */
const MOST_TOKENS = 10_000;

interface Given {
  readonly clientId: string;
  readonly endsAtMs: number;
  revoked: boolean;
}

export interface Holder {
  readonly clientId: string;
  readonly standing: 'good' | 'expired' | 'revoked';
}

/** The tokens given so far. What has expired stays known, so that a late caller is still told apart from a stranger. */
export class TokenLedger {
  private readonly given = new Map<string, Given>();

  constructor(private readonly nowMs: () => number) {}

  give(clientId: string, lifeMs: number): string {
    const token = randomBytes(48).toString('base64url');
    this.given.set(token, { clientId, endsAtMs: this.nowMs() + lifeMs, revoked: false });
    for (const oldest of this.given.keys()) {
      if (this.given.size <= MOST_TOKENS) break;
      this.given.delete(oldest);
    }
    return token;
  }

  holder(token: string): Holder | undefined {
    const given = this.given.get(token);
    if (given === undefined) return undefined;
    const { clientId, endsAtMs, revoked } = given;
    if (revoked) return { clientId, standing: 'revoked' };
    return { clientId, standing: this.nowMs() < endsAtMs ? 'good' : 'expired' };
  }

  /** @returns how many tokens were good until now */
  revokeAll(): number {
    let revoked = 0;
    for (const [token, given] of this.given) {
      if (this.holder(token)?.standing === 'good') revoked += 1;
      given.revoked = true;
    }
    return revoked;
  }
}

/** The token of an `Authorization: Bearer …`. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}
