import type { Clock } from '../../../kernel/clock.js';
import { TIMED_OUT, withTimeout } from '../../../kernel/deadline.js';
import { ReadingFailed } from './kafka-failures.js';
import type { BytesConsumer, KafkaClients } from './kafka-clients.js';
import type { PartitionReader } from './partition-reader.js';

/** Event Hubs allows four commits a second for each partition. */
const COMMIT_EVERY_MS = 500;
const FAILING_FOR_MS = 10_000;

/**
 * Commits the positions of partitions, each at most every 500 ms.
 *
 * Guarantees: a position is committed only after the effects of the records before it.
 */
export class PositionCommits {
  private readonly timer: NodeJS.Timeout;
  private running: Promise<void> | undefined;
  private failingSinceMs: number | undefined;

  constructor(
    private readonly clients: KafkaClients,
    private readonly member: BytesConsumer,
    private readonly readers: () => Iterable<PartitionReader>,
    private readonly clock: Clock,
    /** Called if commits fail for 10 s while the reading goes on. */
    private readonly onStall: (error: Error) => void,
  ) {
    this.timer = setInterval(() => this.tick(), COMMIT_EVERY_MS);
    this.timer.unref();
  }

  /** Commits now. A failure is ignored: the next commit repeats it. */
  async commit(): Promise<void> {
    await this.running;
    await this.commitOnce();
  }

  /** @throws if Kafka does not confirm */
  async mustCommit(readers: readonly PartitionReader[]): Promise<void> {
    const offsets = readers.map((reader) => ({ reader, position: reader.position }));
    if (offsets.length === 0) return;
    await this.member.commit({
      offsets: offsets.map(({ reader: { at }, position }) => ({
        topic: this.clients.nameOf(at.topic),
        partition: at.partition,
        offset: position,
        leaderEpoch: -1,
      })),
    });
    for (const { reader, position } of offsets) reader.committed = position;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    for (const reader of this.readers()) reader.note();
    if (this.running === undefined) void this.commitOnce();
  }

  private commitOnce(): Promise<void> {
    const moved = [...this.readers()].filter(({ committed, position }) => committed !== position);
    this.running = this.tryCommit(moved).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async tryCommit(readers: readonly PartitionReader[]): Promise<void> {
    try {
      const result = await withTimeout(this.mustCommit(readers), FAILING_FOR_MS);
      if (result !== TIMED_OUT) this.failingSinceMs = undefined;
    } catch {
      this.failingSinceMs ??= this.clock.nowMs();
    }
    const sinceMs = this.failingSinceMs;
    if (sinceMs !== undefined && this.clock.nowMs() - sinceMs > FAILING_FOR_MS)
      this.onStall(new ReadingFailed('positions cannot be committed'));
  }
}
