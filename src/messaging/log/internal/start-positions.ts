import type { Clock } from '../../../kernel/clock.js';
import type { GapReason, LogConsumer, LogPartition } from '../event-log.js';
import type { BytesConsumer, KafkaClients } from './kafka-clients.js';
import { PartitionReader } from './partition-reader.js';

const EARLIEST = -2n;
const LATEST = -1n;
const NONE = -1n;

/** The offsets of the partitions of all topics, by the names of the topics. */
interface Offsets {
  readonly committed: ReadonlyMap<string, bigint[]>;
  readonly earliest: ReadonlyMap<string, bigint[]>;
  readonly latest: ReadonlyMap<string, bigint[]>;
}

interface Start {
  readonly position: bigint;
  readonly gap: GapReason | undefined;
}

/**
 * Decides where the reading of a partition begins.
 *
 * - Kafka has a position of the region: at this position.
 * - The topic was created again: at its first record, and a gap is reported.
 * - Kafka has no position, but the region has read before: at the next record. A gap is reported.
 * - Kafka has no position of this partition, but positions of others: the topic has grown. At the
 *   first record.
 * - Kafka has no position at all, and the region is new: at the next record.
 *
 * Guarantees: the first position is fixed before the gap is reported, so no record is lost in
 * between. The caller commits the first positions before it reads. So after a crash, the region
 * does not count as new.
 */
export class StartPositions {
  constructor(
    private readonly clients: KafkaClients,
    private readonly member: BytesConsumer,
    private readonly consumer: LogConsumer,
    private readonly clock: Clock,
  ) {}

  /** @param recreated the names of topics that were created again since the last session */
  async readersFor(
    partitions: readonly LogPartition[],
    recreated: ReadonlySet<string>,
  ): Promise<readonly PartitionReader[]> {
    const offsets = await this.offsets();
    return Promise.all(
      partitions.map((at) => this.readerFor(at, offsets, recreated.has(this.clients.nameOf(at.topic)))),
    );
  }

  /**
   * Continues after records that Kafka has deleted, or at the start of a topic that was created
   * again.
   */
  async afterLoss(reader: PartitionReader): Promise<void> {
    const { earliest } = await this.offsets();
    const first = this.offsetIn(earliest, reader.at) ?? 0n;
    await this.consumer.missed(reader.at, reader.position < first ? 'out_of_range' : 'recreated');
    reader.seek(first);
  }

  /**
   * For each partition, the offset of the first record whose time stamp is not before this time.
   */
  async offsetsAt(unixMs: number): Promise<(at: LogPartition) => bigint | undefined> {
    const found = await this.listOffsets(BigInt(unixMs));
    return (at) => {
      const offset = this.offsetIn(found, at);
      return offset === NONE ? undefined : offset;
    };
  }

  private async readerFor(at: LogPartition, offsets: Offsets, isRecreated: boolean): Promise<PartitionReader> {
    const { position, gap } = await this.startOf(at, offsets, isRecreated);
    if (gap !== undefined) await this.consumer.missed(at, gap);
    const reader = new PartitionReader(at, position, this.consumer, this.clock);
    if (position === this.offsetIn(offsets.committed, at)) reader.committed = position;
    return reader;
  }

  private async startOf(at: LogPartition, offsets: Offsets, isRecreated: boolean): Promise<Start> {
    const committed = this.offsetIn(offsets.committed, at) ?? NONE;
    const earliest = this.offsetIn(offsets.earliest, at) ?? 0n;
    const latest = this.offsetIn(offsets.latest, at) ?? 0n;
    if (isRecreated) return { position: earliest, gap: 'recreated' };
    if (committed !== NONE) return { position: committed, gap: undefined };
    if (await this.consumer.hasRead(at)) return { position: latest, gap: 'no_position' };
    const others = offsets.committed.get(this.clients.nameOf(at.topic)) ?? [];
    return { position: others.some((offset) => offset !== NONE) ? earliest : latest, gap: undefined };
  }

  private async offsets(): Promise<Offsets> {
    const [earliest, latest] = await Promise.all([this.listOffsets(EARLIEST), this.listOffsets(LATEST)]);
    const topics = [...latest].map(([topic, offsets]) => ({ topic, partitions: [...offsets.keys()] }));
    const committed = await this.member.listCommittedOffsets({ topics });
    return { committed, earliest, latest };
  }

  private listOffsets(timestamp: bigint): Promise<Map<string, bigint[]>> {
    return this.member.listOffsets({ topics: [...this.clients.topicNames], timestamp });
  }

  private offsetIn(offsets: ReadonlyMap<string, bigint[]>, { topic, partition }: LogPartition): bigint | undefined {
    return offsets.get(this.clients.nameOf(topic))?.[partition];
  }
}
