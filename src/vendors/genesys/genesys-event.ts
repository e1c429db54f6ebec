import type { Scope } from '../../config/sections/callers.js';

/** A Genesys Cloud event without its envelope. */
export interface GenesysEvent {
  /** `undefined` means that the event came without the envelope of EventBridge. */
  readonly id: string | undefined;
  /** Contains the real id. The envelope's `detail-type` may contain a literal `{id}` instead. */
  readonly topic: string;
  readonly body: Readonly<Record<string, unknown>>;
  /**
   * Time of the event by the platform's clock, Unix milliseconds. `undefined` means the envelope
   * has no time.
   */
  readonly atMs: number | undefined;
}

export interface HandledEvent {
  readonly duplicate: boolean;
  /** The mark of the event of an agent. `undefined` means that other regions do not get it. */
  readonly mark?: string;
}

/** A feature that handles the events of some topics. */
export interface TopicHandler {
  /** The scope a caller needs to send events of these topics. */
  readonly scope: Scope;
  handles(topic: string): boolean;
  /** @throws {HttpProblem} if the event is malformed */
  check(event: GenesysEvent): void;
  /**
   * Resolves when the event is stored.
   *
   * @param caller the name of the sender; ids of events are unique per sender
   * @throws {HttpProblem} if the event is malformed
   * @throws {StoreUnavailable} if the sender should send the event again
   */
  handle(event: GenesysEvent, tenant: string, caller: string): Promise<HandledEvent>;
}
