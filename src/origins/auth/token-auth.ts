import type { TokenFault } from '../../kernel/errors.js';
import type { AuthStrategy, Credentials, RefusedCall } from './auth-strategy.js';
import type { Token, TokenSource } from './token-sources.js';

const BEARER = 'Bearer';

/** Shows the current token of a client: Genesys Cloud, CXone, or an OAuth 2.0 login. */
export class TokenAuth implements AuthStrategy {
  private latest: Credentials | undefined;

  /**
   * @param source read for every call: the token manager registers itself after the origins exist
   * @param scheme the word before the token in the header
   */
  constructor(
    private readonly source: () => TokenSource | undefined,
    private readonly scheme = BEARER,
  ) {}

  current(): Credentials | undefined {
    const token = this.source()?.current();
    if (token === undefined) return undefined;
    if (this.latest?.tokenNumber !== token.number) this.latest = tokenCredentials(token, this.scheme);
    return this.latest;
  }

  get fault(): TokenFault | undefined {
    return this.source()?.fault;
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

export function tokenCredentials({ value, number }: Token, scheme = BEARER): Credentials {
  return { headers: { Authorization: `${scheme} ${value}` }, tokenNumber: number };
}
