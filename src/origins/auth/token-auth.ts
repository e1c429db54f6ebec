import type { AuthStrategy, Credentials, RefusedCall } from './auth-strategy.js';
import type { Token, TokenSource } from './token-sources.js';

/** Shows the current token of a platform's client (Genesys Cloud, CXone). */
export class TokenAuth implements AuthStrategy {
  private latest: Credentials | undefined;

  /**
   * @param source read for every call: the token manager registers itself after the origins exist
   */
  constructor(private readonly source: () => TokenSource | undefined) {}

  current(): Credentials | undefined {
    const token = this.source()?.current();
    if (token === undefined) return undefined;
    if (this.latest?.tokenNumber !== token.number) this.latest = bearer(token);
    return this.latest;
  }

  waitUntilReady(boundMs: number): Promise<boolean> {
    return this.source()?.waitForToken(boundMs) ?? Promise.resolve(false);
  }

  accepted(tokenNumber: number, startedAtMs: number): void {
    this.source()?.accepted(tokenNumber, startedAtMs);
  }

  refused(tokenNumber: number, call: RefusedCall): boolean {
    return this.source()?.refused(tokenNumber, call) ?? false;
  }

  waitForReplacement(refusedTokenNumber: number, boundMs: number): Promise<boolean> {
    return this.source()?.waitForReplacement(refusedTokenNumber, boundMs) ?? Promise.resolve(false);
  }
}

export function bearer({ value, number }: Token): Credentials {
  return { headers: { Authorization: `Bearer ${value}` }, tokenNumber: number };
}
