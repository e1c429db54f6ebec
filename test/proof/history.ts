/**
 * The reads, writes and acknowledgements that clients and the origin recorded during a run. All
 * times are milliseconds on one monotonic clock: readers, writers and the origin run in one
 * process.
 *
 * A subject is a customer, whichever input the reader looked the customer up by. An invalidation
 * names a customer, not an input.
 */
export interface History<R extends Read = Read> {
  readonly writes: readonly Write[];
  readonly acks: readonly Ack[];
  readonly reads: readonly R[];
}

/** The origin may answer this version from `atMs` on, never earlier. */
export interface Write {
  readonly subject: number;
  readonly version: number;
  readonly atMs: number;
}

/**
 * At `atMs` a process acknowledged an invalidation that was issued after `version` was written.
 * An invalidation with an unknown outcome is not recorded: it may take effect at any time.
 */
export interface Ack {
  readonly subject: number;
  readonly version: number;
  readonly atMs: number;
  /** The name of the process that acknowledged it. */
  readonly service?: string;
}

/** A read whose answer carried a version. An answer without a version is not recorded. */
export interface Read {
  readonly subject: number;
  readonly version: number;
  /** Time before the first byte of the request was sent. */
  readonly startMs: number;
  /** Time after the last byte of the answer was received. */
  readonly endMs: number;
  /**
   * How long after an acknowledgement this read may still return an older version.
   * Unit: milliseconds. 0 means never.
   */
  readonly graceMs: number;
}
