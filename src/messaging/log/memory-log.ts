import { LOG_TOPICS, type LogPartition, type LogRecord, type LogTopic, type RecordToAppend } from './event-log.js';
import { partitionKey } from './internal/partition-key.js';

/** The longest a partition becomes. Older records are deleted, as by the retention of Kafka. */
const KEPT_RECORDS = 100_000;

interface StoredRecord {
  readonly record: LogRecord;
  readonly atMs: number;
}

/** A partition in memory. */
class MemoryPartition {
  first = 0n;
  private readonly stored: StoredRecord[] = [];

  get next(): bigint {
    return this.first + BigInt(this.stored.length);
  }

  add(at: LogPartition, { key, value }: RecordToAppend, atMs: number): void {
    this.stored.push({ record: { topic: at.topic, partition: at.partition, offset: this.next, key, value }, atMs });
    if (this.stored.length > KEPT_RECORDS) this.deleteBefore(this.first + 1n);
  }

  read(from: bigint, limit: number): LogRecord[] {
    const at = Number(from - this.first);
    return this.stored.slice(at, at + limit).map(({ record }) => record);
  }

  offsetAt(ms: number): bigint {
    const at = this.stored.findIndex(({ atMs }) => atMs >= ms);
    return at < 0 ? this.next : this.first + BigInt(at);
  }

  deleteBefore(offset: bigint): void {
    const count = Number(offset - this.first);
    if (count <= 0) return;
    this.stored.splice(0, count);
    this.first = offset;
  }
}

/** A region: its positions, and the processes that share its partitions. */
export interface MemoryGroup {
  readonly positions: Map<string, bigint>;
  readonly members: MemoryGroupMember[];
}

interface MemoryGroupMember {
  /** There may be something to read, or other partitions to read. */
  wake(): void;
}

/**
 * A log in memory, which `MemoryEventLog`s of several regions share. Nothing in it waits for a
 * clock, so that models run it in virtual time.
 */
export class MemoryLog {
  private readonly partitionsByTopic: ReadonlyMap<LogTopic, readonly MemoryPartition[]>;
  private readonly groups = new Map<string, MemoryGroup>();

  constructor(partitions = 3) {
    const empty = (): MemoryPartition[] => Array.from({ length: partitions }, () => new MemoryPartition());
    this.partitionsByTopic = new Map(LOG_TOPICS.map((topic) => [topic, empty()]));
  }

  get partitions(): readonly LogPartition[] {
    return [...this.partitionsByTopic].flatMap(([topic, partitions]) =>
      partitions.map((_, partition) => ({ topic, partition })),
    );
  }

  group(name: string): MemoryGroup {
    const group = this.groups.get(name) ?? { positions: new Map<string, bigint>(), members: [] };
    this.groups.set(name, group);
    return group;
  }

  append(records: readonly RecordToAppend[], nowMs: number): void {
    for (const record of records) {
      const { topic, key, partition = hash(key) % this.countOf(topic) } = record;
      this.of({ topic, partition }).add({ topic, partition }, record, nowMs);
    }
    for (const { members } of this.groups.values()) for (const member of members) member.wake();
  }

  read(at: LogPartition, from: bigint, limit: number): LogRecord[] {
    return this.of(at).read(from, limit);
  }

  /** The offset of the oldest record. */
  firstOffset(at: LogPartition): bigint {
    return this.of(at).first;
  }

  /** The offset of the next record. */
  nextOffset(at: LogPartition): bigint {
    return this.of(at).next;
  }

  /** The offset of the first record of a moment. */
  offsetAt(at: LogPartition, ms: number): bigint {
    return this.of(at).offsetAt(ms);
  }

  /** Deletes the oldest records, as a short retention does. */
  deleteBefore(at: LogPartition, offset: bigint): void {
    this.of(at).deleteBefore(offset);
  }

  /** Forgets the positions of a region, as Kafka does after a week without processes. */
  forgetPositions(group: string): void {
    this.group(group).positions.clear();
  }

  private of(at: LogPartition): MemoryPartition {
    const partition = this.partitionsByTopic.get(at.topic)?.[at.partition];
    if (partition === undefined) throw new RangeError(`no partition ${partitionKey(at)}`);
    return partition;
  }

  private countOf(topic: LogTopic): number {
    return this.partitionsByTopic.get(topic)?.length ?? 0;
  }
}

/** FNV-1a. The same key always has the same partition. */
function hash(key: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(key)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
