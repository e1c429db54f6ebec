import type { RecordToAppend } from '../log/event-log.js';

/** A script takes this to put records into the outbox, together with its own write. */
export interface OutboxEntry {
  /** In the slot of the tenant: the script names it in KEYS. */
  readonly key: string;
  /** The records in their order, each as text. Empty with a single region: nothing is written. */
  readonly texts: readonly string[];
}

/**
 * The events of this region that the log may not have yet. They are in the region's Redis, in one
 * stream per tenant: `outbox:{<tenant>}`.
 *
 * Guarantees:
 * - An event is in the outbox exactly if the script that stored it has run.
 * - A record leaves the outbox after the log has it. Records with the same key are sent in the
 *   order in which the scripts stored them.
 * - A single process of the region sends. If it ends, another process continues after at most 3 s.
 *
 * Does not guarantee: that a record is sent once.
 */
export abstract class Outbox {
  /** True if several regions share a log. */
  abstract readonly isOn: boolean;

  /**
   * Called before the script. It makes sure that the sender finds the tenant's outbox.
   *
   * @throws {StoreUnavailable}
   * @throws {HttpProblem} 503 `outbox_full` if the outbox has reached its bound
   */
  abstract entryFor(tenant: string, records: readonly RecordToAppend[]): Promise<OutboxEntry>;

  /** Tells the sender that a script has stored records. */
  abstract stored(tenant: string): void;

  /**
   * @param id the last id that the script returned; '' for none
   * @returns whether the log has all records of the tenant up to this id within `withinMs`
   */
  abstract sent(tenant: string, id: string, withinMs: number): Promise<boolean>;
}
