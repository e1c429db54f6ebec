import type { LogPartition } from '../../messaging/log/event-log.js';

/**
 * Why the region cannot rely on what it has applied.
 *
 * - `duplicate_store`: another Redis has this region's name. The two share the records of the log.
 * - `foreign_key`: a region has another `KEY_SECRET`, so its hashes name no entry of this region.
 * - `unreadable`: a record of a customer could not be applied.
 */
export const DOUBT_REASONS = ['duplicate_store', 'foreign_key', 'unreadable'] as const;
export type DoubtReason = (typeof DOUBT_REASONS)[number];

/** The last heartbeat of another region in a batch of records. */
export interface RegionSign {
  readonly region: string;
  /**
   * When the region wrote it at the earliest: `sentMs` of the own heartbeat that stands before it
   * in the same partition. So the clock of the other region does not matter.
   */
  readonly writtenAfterMs: number;
  readonly store: string;
  readonly key: string;
  readonly homes: string;
}

/** The news in a batch of records of one partition, after the records before it are applied. */
export interface HeardNote {
  readonly at: LogPartition;
  /** `sentMs` of the last own heartbeat. `undefined` means that the batch has none. */
  readonly ownMs: number | undefined;
  /** The store that sent the own heartbeat. */
  readonly store: string;
  /** Records of the partition were missed, and no own heartbeat was noted since. */
  readonly afterGap: boolean;
  readonly doubt: DoubtReason | undefined;
  readonly signs: readonly RegionSign[];
}

/** The field of a partition: `sentMs` of the last own heartbeat that was applied; 0 for none. */
export const ownField = ({ topic, partition }: LogPartition): string => `at:${topic}:${partition}`;

/** A partition that must be read again: the first loss since it was set back was at `dueMs`. */
export interface DuePartition extends LogPartition {
  readonly dueMs: number;
}

/** The field of a partition that must be read again: when the store lost data, by its own clock. */
export const dueField = ({ topic, partition }: LogPartition): string => `due:${topic}:${partition}`;

/** The field of a region's last heartbeat in a partition. A name of a region has no colon. */
export const signField = (region: string, { topic, partition }: LogPartition): string =>
  `from:${region}:${topic}:${partition}`;

/** Regions of which heartbeats are noted. A further region is ignored. */
export const MAX_REGIONS = 32;
