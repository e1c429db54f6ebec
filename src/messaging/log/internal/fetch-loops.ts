import { setTimeout as sleep } from 'node:timers/promises';
import type { LogTopic } from '../event-log.js';
import { findPartition, type FetchedPartition, type FetchedTopics } from './fetched-records.js';
import type { BytesConsumer, KafkaClients } from './kafka-clients.js';
import { ReadingFailed } from './kafka-failures.js';
import { partitionKey } from './partition-key.js';
import type { PartitionReader } from './partition-reader.js';

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_PARTITION_BYTES = 1024 * 1024;
const MAX_WAIT_MS = 500;
/**
 * The wait of a fetch for new records while the records of another partition are still being
 * applied.
 */
const SHORT_WAIT_MS = 50;
/** If the records of a partition are being applied for longer, the other partitions do not wait. */
const APPLIES_WITHIN_MS = 100;

/** The facts about a topic when the session begins. */
export interface TopicFacts {
  readonly topic: LogTopic;
  readonly id: string;
  /** The id of the broker that leads each partition. */
  readonly leaders: readonly number[];
}

/**
 * Fetches the partitions of this process: one loop for each broker, with one fetch in flight.
 *
 * Guarantees: memory is bounded by 4 MiB for each broker, and 1 MiB for each partition whose
 * records are being applied. A partition whose effects take long does not delay the others.
 *
 * Does not guarantee: that a loop continues after a failure. Every failure ends the session, and
 * the next session asks for the leaders again.
 */
export class FetchLoops {
  private readonly readers = new Map<string, PartitionReader>();
  private readonly running = new Set<number>();
  private isStopped = false;

  constructor(
    private readonly clients: KafkaClients,
    private readonly fetcher: BytesConsumer,
    private readonly topics: readonly TopicFacts[],
    private readonly onFetched: () => void,
    private readonly onFailure: (error: unknown) => void,
    /** Kafka has no record at the position of a reader. */
    private readonly onLoss: (reader: PartitionReader) => Promise<void>,
  ) {}

  get current(): readonly PartitionReader[] {
    return [...this.readers.values()];
  }

  has(key: string): boolean {
    return this.readers.has(key);
  }

  add(reader: PartitionReader): void {
    this.readers.set(partitionKey(reader.at), reader);
    const leader = this.leaderOf(reader);
    if (this.running.has(leader) || this.isStopped) return;
    this.running.add(leader);
    void this.run(leader).catch((error: unknown) => this.onFailure(error));
  }

  /** Stops the partitions that another process of the region reads now. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const [key, reader] of this.readers) {
      if (keys.has(key)) continue;
      reader.stop();
      this.readers.delete(key);
    }
  }

  stop(): void {
    this.isStopped = true;
    for (const reader of this.readers.values()) reader.stop();
  }

  private leaderOf({ at }: PartitionReader): number {
    const leader = this.topics.find(({ topic }) => topic === at.topic)?.leaders[at.partition];
    if (leader === undefined) throw new ReadingFailed('a partition has no leader');
    return leader;
  }

  private async run(leader: number): Promise<void> {
    while (!this.isStopped) {
      const own = this.current.filter((reader) => this.leaderOf(reader) === leader);
      const idle = own.filter(({ isBusy }) => !isBusy);
      if (own.length === 0) break;
      if (idle.length > 0) await this.fetch(leader, idle, idle.length < own.length);
      await Promise.race([
        Promise.all(own.map((reader) => reader.idle())),
        sleep(APPLIES_WITHIN_MS, undefined, { ref: false }),
      ]);
    }
    this.running.delete(leader);
  }

  private async fetch(leader: number, readers: readonly PartitionReader[], othersAreBusy: boolean): Promise<void> {
    const from = new Map(readers.map((reader) => [reader, reader.position]));
    const fetched = await this.answer(leader, from, othersAreBusy);
    this.onFetched();
    for (const [reader, position] of from) {
      const partition = this.partitionIn(fetched, reader);
      if (partition === undefined || this.isStopped) continue;
      if (partition.errorCode === 0) reader.take(partition, position);
      else if (reader.position === position) await this.onLoss(reader);
    }
  }

  /**
   * If one partition has an error, the client rejects the whole answer. The error holds the answer
   * of the other partitions.
   */
  private async answer(
    node: number,
    from: ReadonlyMap<PartitionReader, bigint>,
    othersAreBusy: boolean,
  ): Promise<FetchedTopics> {
    const maxWaitTime = othersAreBusy ? SHORT_WAIT_MS : MAX_WAIT_MS;
    try {
      const topics = this.requestFor(from);
      return (await this.fetcher.fetch({ node, topics, maxWaitTime, minBytes: 1, maxBytes: MAX_BYTES })).responses;
    } catch (error) {
      const { response } = error as { response?: { readonly responses?: FetchedTopics } };
      if (response?.responses !== undefined && hasOnlyLosses(response.responses)) return response.responses;
      throw error;
    }
  }

  private requestFor(from: ReadonlyMap<PartitionReader, bigint>): Parameters<BytesConsumer['fetch']>[0]['topics'] {
    return this.topics.flatMap(({ topic, id }) => {
      const partitions = [...from].filter(([{ at }]) => at.topic === topic);
      if (partitions.length === 0) return [];
      return [
        { topicId: id, partitions: partitions.map(([{ at }, offset]) => partitionRequest(at.partition, offset)) },
      ];
    });
  }

  private partitionIn(fetched: FetchedTopics, { at }: PartitionReader): FetchedPartition | undefined {
    const id = this.topics.find(({ topic }) => topic === at.topic)?.id;
    return id === undefined ? undefined : findPartition(fetched, id, at.partition);
  }
}

const OFFSET_OUT_OF_RANGE = 1;

function hasOnlyLosses(topics: FetchedTopics): boolean {
  const codes = topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
  return codes.every((code) => code === 0 || code === OFFSET_OUT_OF_RANGE) && codes.some((code) => code !== 0);
}

function partitionRequest(partition: number, fetchOffset: bigint) {
  const noEpochs = { currentLeaderEpoch: -1, lastFetchedEpoch: -1 };
  return { partition, fetchOffset, partitionMaxBytes: MAX_PARTITION_BYTES, ...noEpochs };
}
