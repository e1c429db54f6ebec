import type { TokenFault } from '../../kernel/errors.js';

/** The credentials of a call. The object stays the same while the credentials do not change. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** Parameters that are added to the query. `undefined` means none. */
  readonly query?: Readonly<Record<string, string>>;
  /**
   * The number of the token in the headers. A 401 answer refuses this token. `undefined` means that
   * the credentials never change, and that a 401 is an error like any other.
   */
  readonly tokenNumber: number | undefined;
}

/**
 * Provides the credentials of one system's calls. Fixed credentials (`StaticAuth`) never make a
 * call wait. The token of a platform's client (`TokenAuth`) can make a call wait.
 *
 * Guarantees: `waitUntilReady` and `waitForReplacement` resolve within `boundMs`, or at once if no
 * token is being fetched. Neither method rejects.
 */
export interface AuthStrategy {
  /** The credentials for a call that begins now. `undefined` means that there are none yet. */
  current(): Credentials | undefined;
  /** Why the last login failed. `undefined` means that no login failed. */
  readonly fault?: TokenFault | undefined;
  /** Waits for credentials that are being fetched. Resolves to whether there are credentials. */
  waitUntilReady(boundMs: number): Promise<boolean>;
  /** The origin accepted the token of a call that began at this time. */
  accepted(tokenNumber: number, startedAtMs: number): void;
  /**
   * The origin refused the token of a call. Returns whether another token can be expected. If so,
   * the call may be repeated.
   */
  refused(tokenNumber: number, call: RefusedCall): boolean;
  /**
   * Waits for new credentials after the origin refused a token. Resolves to whether there are new
   * credentials.
   */
  waitForReplacement(refusedTokenNumber: number, boundMs: number): Promise<boolean>;
}

/** A call whose token the origin refused. */
export interface RefusedCall {
  /** The subject of the call: an origin may refuse calls about a single subject. */
  readonly subject: string;
  readonly startedAtMs: number;
}
