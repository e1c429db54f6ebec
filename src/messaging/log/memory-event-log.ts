import { SystemWallClock, type WallClock } from '../../kernel/clock.js';
import { EventLog, LogUnavailable, type LogConsumer, type LogPartition } from './event-log.js';
import type { LogStatus, RecordToAppend } from './event-log.js';
import { checkAppend } from './internal/append-limits.js';
import { partitionKey } from './internal/partition-key.js';
import type { MemoryGroup, MemoryLog } from './memory-log.js';

const BATCH = 500;
const RETRY_MS = 10;

/**
 * The log between regions in memory: one process of one region. For tests and models.
 *
 * Guarantees: those of `EventLog`, and that a record is delivered without a wait.
 *
 * Does not guarantee: anything across a restart of the process.
 */
export class MemoryEventLog extends EventLog {
  private readonly group: MemoryGroup;
  private readonly busy = new Set<string>();
  private readonly retries = new Set<NodeJS.Timeout>();
  private readonly causes = new Map<string, number>();
  private consumer: LogConsumer | undefined;
  /**
   * Rises when the positions are set again. An `apply` that began before then moves no position.
   */
  private generation = 0;
  private isCut = false;
  private isClosed = false;

  /** @param group the region: the processes of a region share the partitions */
  constructor(
    private readonly log: MemoryLog,
    group: string,
    private readonly clock: WallClock = new SystemWallClock(),
  ) {
    super();
    this.group = log.group(group);
  }

  /** Cuts this process off: it can neither append nor read. */
  cut(): void {
    this.isCut = true;
  }

  heal(): void {
    this.isCut = false;
    this.wake();
  }

  async partitions(): Promise<readonly LogPartition[]> {
    await this.mustReach();
    return this.log.partitions;
  }

  async append(records: readonly RecordToAppend[]): Promise<void> {
    checkAppend(records);
    await this.mustReach();
    this.log.append(records, this.clock.nowMs());
  }

  consume(consumer: LogConsumer): void {
    this.consumer = consumer;
    this.group.members.push(this);
    for (const member of [...this.group.members]) member.wake();
  }

  async rewind(ms: number, cause: number): Promise<readonly LogPartition[]> {
    const fromMs = this.clock.nowMs() - ms;
    const own = this.own();
    const due = own.filter((at) => this.causes.get(partitionKey(at)) !== cause);
    for (const at of due) {
      this.causes.set(partitionKey(at), cause);
      this.group.positions.set(partitionKey(at), this.log.offsetAt(at, fromMs));
    }
    if (due.length > 0) await this.restartConsumer();
    return own;
  }

  restartConsumer(): Promise<void> {
    this.generation += 1;
    this.busy.clear();
    this.wake();
    return Promise.resolve();
  }

  status(): LogStatus {
    const lag = this.own().map((at) => {
      const next = this.log.nextOffset(at);
      return { ...at, records: Number(next - (this.group.positions.get(partitionKey(at)) ?? next)) };
    });
    return {
      state: this.isCut ? 'away' : 'connected',
      lastFailure: this.isCut ? 'cut off' : undefined,
      lag,
    };
  }

  close(): Promise<void> {
    this.isClosed = true;
    const at = this.group.members.indexOf(this);
    if (at >= 0) this.group.members.splice(at, 1);
    for (const timer of this.retries) clearTimeout(timer);
    for (const member of [...this.group.members]) member.wake();
    return Promise.resolve();
  }

  wake(): void {
    if (this.isCut || this.isClosed) return;
    for (const at of this.own()) void this.readAll(at);
  }

  private mustReach(): Promise<void> {
    if (this.isCut || this.isClosed)
      return Promise.reject(new LogUnavailable(this.isClosed ? 'the log is closed' : 'the log is cut off'));
    return Promise.resolve();
  }

  /** The partitions of this process: every nth of the region's n processes. */
  private own(): readonly LogPartition[] {
    const { members } = this.group;
    const at = members.indexOf(this);
    return at < 0 ? [] : this.log.partitions.filter((_, index) => index % members.length === at);
  }

  private async readAll(at: LogPartition): Promise<void> {
    const key = partitionKey(at);
    const { consumer, generation } = this;
    if (consumer === undefined || this.busy.has(key)) return;
    this.busy.add(key);
    try {
      while (this.reads(at, generation) && (await this.readNext(at, consumer, generation)));
    } catch {
      this.retryLater();
    } finally {
      if (generation === this.generation) this.busy.delete(key);
    }
  }

  private reads(at: LogPartition, generation: number): boolean {
    if (this.isCut || this.isClosed || generation !== this.generation) return false;
    return this.own().some((own) => partitionKey(own) === partitionKey(at));
  }

  /** Returns whether there was something to read. */
  private async readNext(at: LogPartition, consumer: LogConsumer, generation: number): Promise<boolean> {
    const from = await this.position(at, consumer);
    const records = this.log.read(at, from, BATCH);
    if (records.length === 0) return false;
    await consumer.apply(at, records);
    if (generation !== this.generation) return false;
    this.group.positions.set(partitionKey(at), from + BigInt(records.length));
    return true;
  }

  private async position(at: LogPartition, consumer: LogConsumer): Promise<bigint> {
    const key = partitionKey(at);
    const known = this.group.positions.get(key);
    const next = this.log.nextOffset(at);
    const first = this.log.firstOffset(at);
    if (known !== undefined && known >= first) return known;
    if (known !== undefined) await consumer.missed(at, 'out_of_range');
    else if (await consumer.hasRead(at)) await consumer.missed(at, 'no_position');
    const position = known === undefined ? next : first;
    this.group.positions.set(key, position);
    return position;
  }

  private retryLater(): void {
    const timer = setTimeout(() => {
      this.retries.delete(timer);
      this.wake();
    }, RETRY_MS);
    this.retries.add(timer);
  }
}
