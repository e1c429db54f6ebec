/**
 * The events that processes publish, and the data of each. Every value is JSON, because an event
 * travels between processes as text.
 */
export interface EventMap {
  /**
   * The lease of an entry ended: its value was stored, its load failed, or the holder released the
   * lease.
   */
  'entry.load-finished': EntryEvent;
  /** An entry was deleted, together with its version and its lease. */
  'entry.deleted': EntryEvent & {
    /** The version of the deleted entry. Missing or empty if the entry had none. */
    readonly version?: string;
  };
  /** The outbox of the tenant has new records. */
  'outbox.stored': Readonly<Record<string, never>>;
  /** The log between regions has all records of the tenant up to this id. */
  'outbox.sent': { readonly id: string };
  /**
   * A sample of the publisher's figures, once a second. The tenant is empty. The form of a sample
   * changes with the version of Datadip, so the receiver checks it (`modules/ops`).
   */
  'process.sampled': { readonly sample: unknown };
}

interface EntryEvent {
  /** The key of the entry in the shared store. */
  readonly key: string;
}

export type EventType = keyof EventMap;

/** An event as it travels. The envelope is the same for every transport. */
export interface EventEnvelope<T extends EventType = EventType> {
  /** Unique. A handler may receive the same event more than once. */
  readonly id: string;
  readonly type: T;
  /** The tenant the event is about. */
  readonly tenant: string;
  /** The region of the publisher. */
  readonly region: string;
  /** When the event was published, by the clock of the publisher: ISO 8601, UTC. */
  readonly time: string;
  readonly data: EventMap[T];
}
