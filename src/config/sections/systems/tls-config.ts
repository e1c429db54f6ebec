/** The TLS of a connection to a system. All texts are PEM. */
export interface TlsConfig {
  /**
   * The certificates of the authorities that may sign the certificate of the system. `undefined`,
   * the default, means the authorities that Node trusts.
   */
  readonly ca: string | undefined;
  /** The certificate that Datadip shows. `undefined`, the default, means that it shows none. */
  readonly cert: string | undefined;
  /** The private key of `cert`. */
  readonly key: string | undefined;
  /** The passphrase of `key`. `undefined`, the default, means that the key is not encrypted. */
  readonly passphrase: string | undefined;
  /**
   * The name that the certificate of the system must have. Default: the host of the address.
   */
  readonly serverName: string | undefined;
}
