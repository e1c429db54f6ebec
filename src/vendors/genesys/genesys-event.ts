import type { Scope } from '../../config/config.js';

/** An event of Genesys Cloud, out of its envelope. */
export interface GenesysEvent {
  readonly id: string;
  /** With the real id in it; `detail-type` may have a literal `{id}` in its place. */
  readonly topic: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** When it happened by the platform's clock, Unix milliseconds; absent where the envelope does not say. */
  readonly atMs: number | undefined;
}

/** A feature that is told of some topics. */
export interface TopicHandler {
  /** What a caller must be allowed to send them. */
  readonly scope: Scope;
  takes(topic: string): boolean;
  /** Resolves when it is stored. Rejects with a `Refusal` for an event that is malformed, with `StoreUnavailable` where it should be sent again. */
  take(event: GenesysEvent, tenant: string): Promise<{ readonly duplicate: boolean }>;
}
