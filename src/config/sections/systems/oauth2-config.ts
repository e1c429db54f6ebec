/**
 * A client of an OAuth 2.0 login. Systems with the same login, client and scope share its token.
 * Each system has its own rate limits and pauses.
 */
export interface OAuth2Auth {
  readonly type: 'oauth2';
  /**
   * The address that issues tokens: `https://`. In development also `http://`, and in production
   * `http://` only for this machine. Datadip does not follow its redirects.
   */
  readonly tokenUrl: string;
  /**
   * How Datadip gets a token: `client-credentials` (RFC 6749, section 4.4), `jwt-bearer` (a signed
   * assertion, RFC 7523) or `refresh-token` (RFC 6749, section 6). Default `client-credentials`.
   */
  readonly grant: OAuth2Grant;
  /** Required, except for `jwt-bearer` with `issuer`. */
  readonly clientId?: string | undefined;
  /**
   * Required with the client authentication `basic` and `body`. With the grant `jwt-bearer` it may
   * be missing: the assertion then is the only proof. With `refresh-token` and `body` it may be
   * missing for a public client.
   */
  readonly clientSecret?: string | undefined;
  /**
   * How the client proves who it is: `basic` (id and secret in the header `Authorization`), `body`
   * (id and secret as form fields) or `private-key-jwt` (a signed assertion, RFC 7523). Default
   * `basic`.
   */
  readonly clientAuthentication: ClientAuthentication;
  /**
   * The key that signs assertions: PEM text without a passphrase, RSA of at least 2,048 bits, P-256
   * or P-384. Required for `jwt-bearer` and `private-key-jwt`. The two characters `\n` count as a
   * line break.
   */
  readonly privateKey?: string | undefined;
  /** The name of the key at the login: the header `kid` of assertions. Default: none. */
  readonly keyId?: string | undefined;
  /**
   * The signature of assertions: RS256 or RS384 for RSA, ES256 for P-256, ES384 for P-384. Default:
   * RS256, ES256 or ES384, as the key requires.
   */
  readonly algorithm?: SigningAlgorithm | undefined;
  /** `iss` of the assertion of `jwt-bearer`. Default: `clientId`. */
  readonly issuer?: string | undefined;
  /** `sub` of the assertion of `jwt-bearer`, such as a user. Default: the issuer. */
  readonly subject?: string | undefined;
  /** `aud` of assertions. Default: `tokenUrl`. */
  readonly audience?: string | undefined;
  /**
   * Further claims of the assertion of `jwt-bearer`, at most 20, such as the `scope` that Google
   * expects in the assertion of a service account. Default: none.
   */
  readonly claims: Readonly<Record<string, string>>;
  /**
   * The refresh token of the grant `refresh-token`. If the login answers with another refresh
   * token, Datadip uses the other one, and keeps it in memory until the process ends.
   */
  readonly refreshToken?: string | undefined;
  /** The scope that Datadip asks for, separated by spaces. Default: none. */
  readonly scope?: string | undefined;
  /** Further form fields of the token request, at most 20. Default: none. */
  readonly params: Readonly<Record<string, string>>;
  /** The word before the token in the header `Authorization`. Default `Bearer`. */
  readonly scheme: string;
  /**
   * The life of a token whose answer has no `expires_in`. In milliseconds, 1,000 to 86,400,000.
   * Default 900,000 (15 min), the shortest session of Salesforce, whose answers have none.
   */
  readonly lifeMs: number;
  /**
   * The longest one token request may take. In milliseconds, 10 to 10,000. Default 1,500. After a
   * login that hung, recovery takes up to this time.
   */
  readonly tokenTimeoutMs: number;
  /**
   * `true`: the process is not ready before the first token. `false`, the default: the process
   * waits up to 3 s for the token, and then serves the lookups of other systems.
   */
  readonly required: boolean;
}

export const GRANTS = ['client-credentials', 'jwt-bearer', 'refresh-token'] as const;
type OAuth2Grant = (typeof GRANTS)[number];

export const CLIENT_AUTHENTICATIONS = ['basic', 'body', 'private-key-jwt'] as const;
type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number];

export const SIGNING_ALGORITHMS = ['RS256', 'RS384', 'ES256', 'ES384'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];
