import type { Consumer } from '@platformatic/kafka';
import type { LogPartition, LogRecord } from '../event-log.js';

/** The answer of a broker to a fetch, topic by topic. */
export type FetchedTopics = Awaited<ReturnType<Consumer['fetch']>>['responses'];

/** The answer of a broker for one partition. */
export type FetchedPartition = FetchedTopics[number]['partitions'][number];

type Batch = NonNullable<FetchedPartition['records']>[number];

/** A batch that marks the end of a transaction. It holds no record for readers. */
const IS_CONTROL = 0x20;

/** The offsets that a batch covers, and its records. */
export interface FetchedBatch {
  readonly first: bigint;
  readonly last: bigint;
  readonly records: readonly LogRecord[];
}

/**
 * Returns the answer for a partition. A broker that answers with what has changed names a topic
 * several times, each time with other partitions.
 */
export function findPartition(
  fetched: FetchedTopics,
  topicId: string,
  partition: number,
): FetchedPartition | undefined {
  for (const topic of fetched) {
    const found = topic.partitions.find(({ partitionIndex }) => partitionIndex === partition);
    if (topic.topicId === topicId && found !== undefined) return found;
  }
  return undefined;
}

export function fetchedBatches(at: LogPartition, { records }: FetchedPartition): FetchedBatch[] {
  return (records ?? []).map((batch) => ({
    first: batch.firstOffset,
    last: batch.firstOffset + BigInt(batch.lastOffsetDelta),
    records: (batch.attributes & IS_CONTROL) === 0 ? recordsOf(at, batch) : [],
  }));
}

/**
 * Whether the client has removed batches of aborted transactions. The offsets of an answer are then
 * not contiguous, and nothing is missing.
 */
export function hasAborted({ abortedTransactions }: FetchedPartition): boolean {
  return (abortedTransactions?.length ?? 0) > 0;
}

function recordsOf({ topic, partition }: LogPartition, { firstOffset, records }: Batch): LogRecord[] {
  return records.map(({ offsetDelta, key, value }) => ({
    topic,
    partition,
    offset: firstOffset + BigInt(offsetDelta),
    key: key?.toString('utf8') ?? '',
    value: value?.toString('utf8') ?? '',
  }));
}
