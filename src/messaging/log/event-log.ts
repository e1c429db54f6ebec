import { DatadipError } from '../../kernel/errors.js';

/** The topics that the regions share. `docs/guides/regions.md` says how they are created. */
export const LOG_TOPICS = ['agent.status.change', 'customer.updated'] as const;
export type LogTopic = (typeof LOG_TOPICS)[number];

export function isLogTopic(text: string): text is LogTopic {
  return LOG_TOPICS.some((topic) => topic === text);
}

/** A partition of a topic: the unit of order. */
export interface LogPartition {
  readonly topic: LogTopic;
  readonly partition: number;
}

export interface RecordToAppend {
  readonly topic: LogTopic;
  /** Records with the same key are in the same partition, in the order of their appends. */
  readonly key: string;
  /** JSON text. */
  readonly value: string;
  /** A fixed partition for the record. It overrides the key. */
  readonly partition?: number;
}

export interface LogRecord extends LogPartition {
  readonly offset: bigint;
  readonly key: string;
  /** The text as a producer wrote it. The producer may be another program. */
  readonly value: string;
}

/** Why records of a partition may have been missed. */
export type GapReason =
  /** The records were deleted before this region read them. */
  | 'out_of_range'
  /** An offset was skipped and could not be read again. */
  | 'skipped'
  /** The region has read this partition before, and its position is lost. */
  | 'no_position'
  /** The topic was deleted and created again. */
  | 'recreated';

/** Receives the records of a region. */
export interface LogConsumer {
  /**
   * Whether the region remembers that it has read records of the partition before. The log asks
   * this if it has no position of the region. `false` means that the region is new: it begins with
   * the next record, without a gap.
   */
  hasRead(at: LogPartition): Promise<boolean>;

  /**
   * Applies records of one partition in their order. The log commits their position after the
   * promise resolves. If the promise rejects, the same records come again.
   */
  apply(at: LogPartition, records: readonly LogRecord[]): Promise<void>;

  /**
   * Records of the partition may be missing, and no later call will bring them. Must resolve before
   * later records of the partition are applied.
   */
  missed(at: LogPartition, reason: GapReason): Promise<void>;
}

export interface LogStatus {
  /** `refused`: the broker refuses the credentials. No other attempt is made for a minute. */
  readonly state: 'connecting' | 'connected' | 'away' | 'refused';
  /** The text of the last failure, without secrets and addresses. */
  readonly lastFailure: string | undefined;
  /** Records that this process has not read yet, of the partitions that it reads. */
  readonly lag: readonly (LogPartition & { readonly records: number })[];
}

/** The log did not confirm records in time. The records may still be in the log. */
export class LogUnavailable extends DatadipError {
  readonly code = 'bus_unavailable';
  readonly retryable = true;
}

/**
 * The log between regions: ordered, kept on disk, read by every region.
 *
 * Guarantees:
 * - `append` resolves when the log has stored the records durably. In each partition, the records
 *   of one call, and of successive calls, are in the order of the calls.
 * - A region is one consumer group. Each record reaches one of its processes at least once, and the
 *   records of a partition reach it in their order.
 * - A position is committed only after the effects of the records before it.
 * - A gap in the positions is reported, or read again.
 * - The log recovers without a restart, whatever happens to the broker.
 *
 * Does not guarantee: that a record is delivered only once. A consumer must be idempotent. After
 * `LogUnavailable`, the records of that call may be in the log twice, also after records of later
 * calls.
 */
export abstract class EventLog {
  /** @throws {LogUnavailable} if the log does not answer within `withinMs` */
  abstract partitions(withinMs: number): Promise<readonly LogPartition[]>;

  /**
   * A single call runs at a time. At most 16 further calls wait.
   *
   * @param records at most 500, with at most 256 KiB of text, or a single longer record
   * @throws {LogUnavailable} if the log does not confirm all records within `withinMs`
   */
  abstract append(records: readonly RecordToAppend[], withinMs: number): Promise<void>;

  /** Begins to read. Called once. */
  abstract consume(consumer: LogConsumer): void;

  /**
   * Reads the records of the last `ms` milliseconds again, in all partitions of this process.
   *
   * @param cause names the reason. After a failure, a further call with the same cause does not
   *   begin again in a partition that is set back
   * @returns the partitions whose new position the log has. None while the log is away
   */
  abstract rewind(ms: number, cause: number): Promise<readonly LogPartition[]>;

  /** Restarts the consumer, because it has not read a heartbeat of this region: see `Watchdog`. */
  abstract restartConsumer(): Promise<void>;

  abstract status(): LogStatus;

  /** Leaves the consumer group. Resolves within 2 s. */
  abstract close(): Promise<void>;
}
