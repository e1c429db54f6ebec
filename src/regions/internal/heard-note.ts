import type { LogPartition } from '../../messaging/log/event-log.js';

/**
 * Why the region cannot rely on what it has applied.
 *
 * - `duplicate_store`: another Redis has the name of this region. Kafka divides the records of the
 *   log between the two.
 * - `foreign_key`: a region has another `KEY_SECRET`, so its hashes name no entry of this region.
 * - `unreadable`: a record of a customer could not be applied.
 */
export const DOUBT_REASONS = ['duplicate_store', 'foreign_key', 'unreadable'] as const;
export type DoubtReason = (typeof DOUBT_REASONS)[number];

/** The last heartbeat of another region in a batch of records. */
export interface RegionSign {
  readonly region: string;
  /**
   * The earliest time at which the other region can have written the heartbeat: `sentMs` of this
   * region's own heartbeat just before it in the partition. So the clock of the other region does
   * not matter.
   */
  readonly writtenAfterMs: number;
  readonly store: string;
  readonly key: string;
  readonly homes: string;
}

/**
 * The facts that a batch of records of one partition shows. The facts are stored after the effects
 * of all these records.
 */
export interface HeardNote {
  readonly at: LogPartition;
  /** `sentMs` of the last own heartbeat. `undefined` means that the batch has none. */
  readonly ownMs: number | undefined;
  /** The store that sent the own heartbeat. */
  readonly store: string;
  /**
   * `true` means that records of the partition were missed, and no own heartbeat was stored since.
   */
  readonly afterGap: boolean;
  readonly doubt: DoubtReason | undefined;
  readonly signs: readonly RegionSign[];
}

/** The field of a partition: `sentMs` of the last own heartbeat that was applied; 0 for none. */
export const ownField = ({ topic, partition }: LogPartition): string => `at:${topic}:${partition}`;

/** A partition that must be read again: the store may lack what was applied after `dueMs`. */
export interface DuePartition extends LogPartition {
  readonly dueMs: number;
}

/**
 * How far back a store may lack data if the time of its last complete state is unknown, in
 * milliseconds. A replica of a Redis Cluster that lags by more than this is not promoted.
 */
export const MOST_LOST_MS = 60_000;

/** The field of a partition that must be read again: its `dueMs`, by the clock of the store. */
export const dueField = ({ topic, partition }: LogPartition): string => `due:${topic}:${partition}`;

/** The field of a region's last heartbeat in a partition. A name of a region has no colon. */
export const signField = (region: string, { topic, partition }: LogPartition): string =>
  `from:${region}:${topic}:${partition}`;

/** The most regions whose heartbeats are stored. A further region is ignored. */
export const MAX_REGIONS = 32;
