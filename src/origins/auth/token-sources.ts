import { Injectable } from '@nestjs/common';
/** A token of a platform's client, and which of those it had this one is: what is said of a token is said by its number. */
export interface Token {
  readonly value: string;
  readonly number: number;
}

/**
 * Where the calls of a system get their token.
 *
 * Promised: both waits end within their bound, and at once where there is nothing to wait for. Neither rejects.
 */
export interface TokenSource {
  /** The token to show now; absent: none that the platform would take. */
  current(): Token | undefined;
  /** Waits while one is being fetched. Resolves to whether there is one. */
  awaited(boundMs: number): Promise<boolean>;
  /** The platform has refused this one: waits for another. Resolves to whether there is one. */
  anotherThan(refused: number, boundMs: number): Promise<boolean>;
}

/** The sources by system. Whoever keeps tokens puts them here while the house is put together. */
@Injectable()
export class TokenSources {
  private readonly sources = new Map<string, TokenSource>();

  add(system: string, source: TokenSource): void {
    this.sources.set(system, source);
  }

  of(system: string): TokenSource | undefined {
    return this.sources.get(system);
  }
}
