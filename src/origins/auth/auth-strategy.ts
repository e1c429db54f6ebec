/**
 * The credentials that a call shows to the origin. The object stays the same while the credentials
 * do not change.
 */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The number of the token in the headers. A 401 answer then refuses this token. `undefined` means
   * that the credentials never change, and a 401 is an error like others.
   */
  readonly tokenNumber: number | undefined;
}

/**
 * How the calls of one system authenticate. Fixed credentials (`StaticAuth`) never make a call
 * wait; a platform's client (`TokenAuth`) can.
 *
 * Guarantees: both waits end within `boundMs`, and immediately when no token is being fetched.
 * Neither rejects.
 */
export interface AuthStrategy {
  /** The credentials for a call that begins now. `undefined` means that there are none yet. */
  current(): Credentials | undefined;
  /** Waits for credentials that are being fetched. Resolves to whether there are credentials. */
  waitUntilReady(boundMs: number): Promise<boolean>;
  /**
   * Waits for other credentials after the origin refused a token. Resolves to whether there are
   * any.
   */
  waitForReplacement(refusedTokenNumber: number, boundMs: number): Promise<boolean>;
}
