import { Injectable } from '@nestjs/common';
import type { TokenFault } from '../../kernel/errors.js';
import type { RefusedCall } from './auth-strategy.js';

/**
 * A token of a platform's client. The number identifies it within this process and rises with every
 * token.
 */
export interface Token {
  readonly value: string;
  readonly number: number;
}

/**
 * Where the calls of a system get their token.
 *
 * Guarantees: both waits end within their bound, and immediately when no token is being fetched. No
 * wait rejects.
 */
export interface TokenSource {
  /** The token for calls that begin now. `undefined` means that there is no valid token. */
  current(): Token | undefined;
  /** Why the last login failed. `undefined` means that no login failed. */
  readonly fault?: TokenFault | undefined;
  /** Waits for a token that is being fetched. Resolves to whether there is a token. */
  waitForToken(boundMs: number): Promise<boolean>;
  /** The platform has accepted this token for a call that began at this time. */
  accepted(tokenNumber: number, startedAtMs: number): void;
  /**
   * The platform has refused this token for a call. Returns whether another token can be expected.
   */
  refused(tokenNumber: number, call: RefusedCall): boolean;
  /** Waits for another token than this one. Resolves to whether there is one. */
  waitForReplacement(refused: number, boundMs: number): Promise<boolean>;
}

/**
 * The token sources by system. `TokenManagers` registers them while the application starts, and
 * those of tenants' own systems at their first call.
 */
@Injectable()
export class TokenSources {
  private readonly sources = new Map<string, TokenSource>();
  private open: (system: string) => TokenSource | undefined = () => undefined;

  /** @param open makes and adds the source of a system that has none yet */
  onFirstUse(open: (system: string) => TokenSource | undefined): void {
    this.open = open;
  }

  add(system: string, source: TokenSource): void {
    this.sources.set(system, source);
  }

  get(system: string): TokenSource | undefined {
    return this.sources.get(system) ?? this.open(system);
  }
}
