/** The texts that a sender may sign. `+` joins two texts without a character between them. */
export const SIGNED_PARTS = ['body', 'timestamp.body', 'timestamp+body', 'method+url+body+timestamp'] as const;
export const SIGNATURE_ALGORITHMS = ['sha256', 'sha1', 'sha512'] as const;
export const SIGNATURE_ENCODINGS = ['hex', 'base64'] as const;

/** The signature scheme of a webhook's sender: an HMAC with a secret of the caller. */
export interface SignatureConfig {
  /** The header with the signature, in any spelling. Several signatures are separated by commas. */
  readonly header: string;
  /** The hash of the HMAC. Default `sha256`. */
  readonly algorithm: (typeof SIGNATURE_ALGORITHMS)[number];
  /** How the signature is written. Required. */
  readonly encoding: (typeof SIGNATURE_ENCODINGS)[number];
  /** The text before the signature, such as `sha256=`. The default is empty. */
  readonly prefix: string;
  /** The text that the sender signs. With a timestamp, a signature is valid for 300 s. Required. */
  readonly of: (typeof SIGNED_PARTS)[number];
  /**
   * The header with the timestamp: Unix seconds, Unix milliseconds, or a time of RFC 3339.
   * `undefined`, the default, means `header`.
   */
  readonly timestampHeader: string | undefined;
  /** The text before the timestamp, such as `t=`. The default is empty. */
  readonly timestampPrefix: string;
  /** The public address of the webhook, as the sender signs it. Required with `url` in `of`. */
  readonly url: string | undefined;
}
