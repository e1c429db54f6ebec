/**
 * What was seen from outside during a run. All moments are on one monotonic clock, in milliseconds: the one who asks, the one who
 * writes and the origin stand in one process.
 *
 * A subject is one customer, under whatever input it was asked for: what is invalidated is a customer.
 */
export interface History<R extends Read = Read> {
  readonly writes: readonly Write[];
  readonly acks: readonly Ack[];
  readonly reads: readonly R[];
}

/** From `atMs` on, and no sooner, the origin may answer this version. */
export interface Write {
  readonly subject: number;
  readonly version: number;
  readonly atMs: number;
}

/**
 * An invalidation that was issued after `version` was written was acknowledged at `atMs`. One whose outcome is unknown is not here: it
 * claims nothing, and may take effect at any time.
 */
export interface Ack {
  readonly subject: number;
  readonly version: number;
  readonly atMs: number;
}

/** A read that was answered with a version. Answers without one claim nothing. */
export interface Read {
  readonly subject: number;
  readonly version: number;
  /** Before its first byte was sent. */
  readonly startMs: number;
  /** After its last byte was received. */
  readonly endMs: number;
  /** How long after an acknowledgement this read may still get what was true before; 0: not at all. */
  readonly graceMs: number;
}
