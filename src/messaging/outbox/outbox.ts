import { HttpProblem } from '../../kernel/errors.js';
import type { RecordToAppend } from '../log/event-log.js';

/** The most records of one tenant that wait in the outbox. At 500 bytes each: 50 MB. */
export const MAX_OUTBOX_RECORDS = 100_000;
/** A record that the log has not taken for this long is dropped, in milliseconds: 7 days. */
export const MAX_OUTBOX_AGE_MS = 604_800_000;

/**
 * The keys and arguments with which a script of agents puts records into the outbox, together with
 * its own write.
 */
export interface OutboxEntry {
  /** For KEYS: the outbox, in the slot of the tenant. Empty if nothing is written. */
  readonly keys: readonly string[];
  /** For ARGV, as `scripts/outbox.lua` reads them. */
  readonly args: readonly (string | number)[];
}

/** Nothing is written: there is a single region, or the event came from the log. */
export const NO_ENTRY: OutboxEntry = { keys: [], args: [0] };

/** The code that scripts need to write an `OutboxEntry`. */
export const OUTBOX_PRELUDE = new URL('./scripts/outbox.lua', import.meta.url);

/** The `Retry-After` for the sender of an event, in whole seconds. */
const FULL_RETRY_AFTER_S = 30;

/** The problem of an event that the outbox of its tenant cannot take. */
export function outboxFull(): HttpProblem {
  const message = `outbox full: ${MAX_OUTBOX_RECORDS} events of the tenant wait for the log between regions; repair the log`;
  return new HttpProblem('outbox_full', 503, message, FULL_RETRY_AFTER_S);
}

/**
 * The events of this region that the log may not have yet. These events are in the region's Redis,
 * in one stream per tenant: `outbox:{<tenant>}`.
 *
 * Guarantees:
 * - A report of an agent is in the outbox exactly if it is stored, because one script does both.
 * - A record leaves the outbox after the log has it. Records with the same key are sent in the
 *   order in which they were stored.
 * - A single process of the region sends the events. If this process ends, another process
 *   continues after at most 3.1 s.
 *
 * Does not guarantee: that a record is sent only once.
 */
export abstract class Outbox {
  /** True if several regions share a log. */
  abstract readonly isOn: boolean;

  /**
   * Puts records into the outbox by a script with one key, which Redis does not refuse while a slot
   * moves. If the promise rejects, the records may still be in the outbox. While the
   * same records wait, the same process puts them in once.
   *
   * @param withinMs how long the script may be repeated while the store executes nothing
   * @returns the id of the last record; '' for none
   * @throws {StoreUnavailable}
   * @throws {HttpProblem} 503 `outbox_full`
   */
  abstract put(tenant: string, records: readonly RecordToAppend[], withinMs: number): Promise<string>;

  /**
   * Called before a script that stores an event and its records. Makes sure that the sender finds
   * the tenant's outbox, and that its key exists. While a slot moves, Redis refuses a script with a
   * missing key. The script itself checks whether the outbox is full.
   *
   * @throws {StoreUnavailable}
   */
  abstract entryFor(tenant: string, records: readonly RecordToAppend[]): Promise<OutboxEntry>;

  /** Notifies the sender that a script has stored records. */
  abstract stored(tenant: string): void;

  /**
   * @param id the last id that `put` or the script returned; '' for none
   * @returns whether the log has all records of the tenant up to this id within `withinMs`
   */
  abstract sent(tenant: string, id: string, withinMs: number): Promise<boolean>;
}
