import type { SignatureConfig } from './webhook-signature.js';

/** `ReadonlyMap<string, WebhookConfig>`: the declared webhooks, by name. */
export const WEBHOOKS = Symbol('webhooks');

/**
 * How Datadip reads the events of another sender, at `POST /webhook/<name>`. The expressions are
 * JSONata. The expressions read the event, and `$headers`: the headers of the request by lower-case
 * name.
 */
export interface WebhookConfig {
  readonly name: string;
  /**
   * The caller whose `hmacSecrets` verify the signature. `undefined`, the default, means every
   * caller with `hmacSecrets`.
   */
  readonly caller: string | undefined;
  /** The events inside the body. `undefined`, the default, means that the body is the event. */
  readonly list: string | undefined;
  /** Which events count; others are ignored. `undefined`, the default, means every event. */
  readonly when: string | undefined;
  /** The id of the changed customer, or a list of ids. An event without an id gets 400. */
  readonly customerId: string;
  /**
   * The tenant of the event. `undefined`, the default, means the tenant of the header
   * `X-Genesys-Org`, otherwise the caller's only tenant.
   */
  readonly tenant: string | undefined;
  /**
   * The id of the event, by which a repetition is found. `undefined`, the default, means the id of
   * the envelope, otherwise none.
   */
  readonly eventId: string | undefined;
  /** Values of the customer, by key input. Entries under these values are deleted too. */
  readonly identifiers: Readonly<Record<string, string>>;
  /** Whether Datadip also stores nothing of the customer for 30 s. Default `false`. */
  readonly critical: boolean;
  /**
   * How the sender signs. `undefined`, the default, means that the sender has an API key, or signs
   * like the built-in webhooks.
   */
  readonly signature: SignatureConfig | undefined;
}
