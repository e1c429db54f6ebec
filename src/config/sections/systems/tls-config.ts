/**
 * The TLS of a connection to a system. All texts are PEM. The two characters `\n` count as a line
 * break.
 */
export interface TlsConfig {
  /**
   * The authorities that sign the certificate of the system, in place of those that Node.js trusts.
   * A login may be signed by either. Default: the authorities that Node.js trusts.
   */
  readonly ca?: string | undefined;
  /**
   * The certificate that Datadip shows, with its chain. Needs `key`. The login gets it, too.
   * Default: none.
   */
  readonly cert?: string | undefined;
  /** The private key of `cert`. */
  readonly key?: string | undefined;
  /** Opens an encrypted `key`. Default: the key is not encrypted. */
  readonly passphrase?: string | undefined;
  /**
   * The name that the certificate of the system must have. Datadip also sends this name as SNI. Not
   * used for the login. Default: the host of the address.
   */
  readonly serverName?: string | undefined;
}
