import type { Clock } from '../../../kernel/clock.js';
import { withTimeout } from '../../../kernel/deadline.js';
import type { LogConsumer, LogPartition } from '../event-log.js';
import { FetchLoops, type TopicFacts } from './fetch-loops.js';
import { closeClient, type BytesConsumer, type KafkaClients } from './kafka-clients.js';
import { isRebalance, ReadingFailed } from './kafka-failures.js';
import { partitionKey } from './partition-key.js';
import type { PartitionReader } from './partition-reader.js';
import { PositionCommits } from './position-commits.js';
import { StartPositions } from './start-positions.js';

const LOOK_FOR_PARTITIONS_EVERY_MS = 5000;
const CLOSES_WITHIN_MS = 500;

export interface SessionParts {
  readonly clients: KafkaClients;
  readonly consumer: LogConsumer;
  readonly clock: Clock;
  /** The ids of the topics in the last session, by their names. */
  readonly topicIds: Map<string, string>;
  /** Called when the broker has answered a fetch, or gives this process nothing to fetch. */
  readonly onAnswered: () => void;
}

interface Assignment {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/**
 * A membership in the group of the region. The session joins, reads the partitions that the group
 * gives it, and commits their positions. The session does not use the streams of the client: after
 * hangs of a broker, the streams stopped without an error.
 *
 * Guarantees: `run` ends at the first failure, and no work of the session continues after `close`.
 * The positions come from the fetches themselves, and not from the client.
 *
 * Does not guarantee: progress. The heartbeats of the region show whether the session makes
 * progress.
 */
export class ReadingSession {
  private readonly ended: Promise<void>;
  private end!: (error?: Error) => void;
  private member: BytesConsumer | undefined;
  private fetcher: BytesConsumer | undefined;
  private loops: FetchLoops | undefined;
  private commits: PositionCommits | undefined;
  private starts: StartPositions | undefined;
  private assigning: Promise<void> = Promise.resolve();
  private recreated: ReadonlySet<string> = new Set();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: SessionParts) {
    this.ended = new Promise((resolve, reject) => {
      this.end = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    this.ended.catch(() => undefined);
  }

  get readers(): readonly PartitionReader[] {
    return this.loops?.current ?? [];
  }

  /** Resolves after `stop`, and rejects at the first failure. */
  async run(): Promise<void> {
    const { clients, clock } = this.parts;
    this.fetcher = await clients.fetcher();
    this.member = await clients.member();
    this.watch(this.member);
    const topics = await this.learnTopics(this.fetcher);
    this.starts = new StartPositions(clients, this.member, this.parts.consumer, clock);
    this.loops = this.makeLoops(this.fetcher, topics, this.starts);
    this.commits = new PositionCommits(clients, this.member, () => this.readers, clock, this.end);
    this.timer = setInterval(() => this.lookForPartitions(topics), LOOK_FOR_PARTITIONS_EVERY_MS);
    await Promise.race([this.member.joinGroup({}), this.ended]);
    await this.ended;
  }

  stop(): void {
    this.end();
  }

  /**
   * Continues `ms` milliseconds before, in all partitions. Returns them. A partition that was set
   * back for this cause goes on, and only its position is committed.
   */
  async rewind(ms: number, marginMs: number, cause: number): Promise<readonly LogPartition[]> {
    const { readers, starts, commits } = this;
    if (starts === undefined || commits === undefined) throw new ReadingFailed('not reading');
    const due = readers.filter((reader) => !reader.isSetBackFor(cause));
    const isNew = due.some((reader) => reader.positionBefore(ms) === undefined);
    const listed = isNew ? await starts.offsetsAt(Math.floor(Date.now() - ms - marginMs)) : undefined;
    for (const reader of due)
      reader.setBack(reader.positionBefore(ms) ?? listed?.(reader.at) ?? reader.position, cause);
    await commits.mustCommit(readers);
    return readers.map(({ at }) => at);
  }

  /**
   * @param leaves whether the process leaves the group. If it leaves, another process gets its
   * partitions at once
   */
  async close(leaves: boolean): Promise<void> {
    clearInterval(this.timer);
    this.end();
    this.loops?.stop();
    this.commits?.stop();
    if (leaves) {
      await withTimeout(Promise.all(this.readers.map((reader) => reader.idle())), CLOSES_WITHIN_MS);
      if (this.commits !== undefined) await withTimeout(this.commits.commit(), CLOSES_WITHIN_MS);
    }
    const clients = [this.fetcher, this.member].filter((client) => client !== undefined);
    await Promise.all(clients.map((client) => closeClient(client, leaves && client === this.member)));
  }

  private makeLoops(fetcher: BytesConsumer, topics: readonly TopicFacts[], starts: StartPositions): FetchLoops {
    const { clients, onAnswered } = this.parts;
    const fail = (error: unknown): void => this.fail(error);
    return new FetchLoops(clients, fetcher, topics, onAnswered, fail, (reader) => starts.afterLoss(reader));
  }

  private watch(member: BytesConsumer): void {
    member.on('error', (error: Error) => this.fail(error));
    member.on('consumer:heartbeat:stalled', () => this.fail(new ReadingFailed('the group does not answer')));
    member.on('consumer:group:rebalance', () => void this.commits?.commit());
    member.on('consumer:group:join', ({ assignments = [] }: { assignments?: readonly Assignment[] }) => {
      this.assigning = this.assigning.then(() => this.assign(assignments)).catch((error: unknown) => this.fail(error));
    });
  }

  private async learnTopics(fetcher: BytesConsumer): Promise<readonly TopicFacts[]> {
    const { clients, topicIds } = this.parts;
    const metadata = await fetcher.metadata({ topics: [...clients.topicNames], forceUpdate: true });
    const facts = [...metadata.topics].flatMap(([name, { id, partitions }]) => {
      const topic = clients.topicOf(name);
      return topic === undefined ? [] : [{ name, topic, id, leaders: partitions.map(({ leader }) => leader) }];
    });
    this.recreated = new Set(facts.filter(({ name, id }) => (topicIds.get(name) ?? id) !== id).map(({ name }) => name));
    return facts;
  }

  private async assign(assignments: readonly Assignment[]): Promise<void> {
    const { loops, starts, commits } = this;
    if (loops === undefined || starts === undefined || commits === undefined) return;
    const own = assignments.flatMap(({ topic: name, partitions }) => {
      const topic = this.parts.clients.topicOf(name);
      return topic === undefined ? [] : partitions.map((partition): LogPartition => ({ topic, partition }));
    });
    loops.keepOnly(new Set(own.map(partitionKey)));
    if (own.length === 0) this.parts.onAnswered();
    const added = await starts.readersFor(
      own.filter((at) => !loops.has(partitionKey(at))),
      this.recreated,
    );
    if (!(await this.commitStarts(commits, added))) {
      this.parts.onAnswered();
      return;
    }
    for (const reader of added) loops.add(reader);
    await this.rememberTopics();
  }

  /** Returns false if the members change at this moment: another assignment follows. */
  private async commitStarts(commits: PositionCommits, added: readonly PartitionReader[]): Promise<boolean> {
    try {
      await commits.mustCommit(added.filter(({ committed, position }) => committed !== position));
      return true;
    } catch (error) {
      if (isRebalance(error)) return false;
      throw error;
    }
  }

  /**
   * Called only after the first commit. Otherwise a crash before this commit would hide that a
   * topic was created again.
   */
  private async rememberTopics(): Promise<void> {
    const metadata = await this.fetcher?.metadata({ topics: [...this.parts.clients.topicNames] });
    for (const [name, { id }] of metadata?.topics ?? []) this.parts.topicIds.set(name, id);
    this.recreated = new Set();
  }

  /** The group does not notice that a topic has more partitions, or was created again. */
  private lookForPartitions(topics: readonly TopicFacts[]): void {
    const current = this.fetcher?.currentMetadata?.topics;
    for (const { topic, id, leaders } of topics) {
      const found = current?.get(this.parts.clients.nameOf(topic));
      if (found !== undefined && (found.id !== id || found.partitionsCount !== leaders.length))
        this.fail(new ReadingFailed('the partitions have changed'));
    }
  }

  private fail(error: unknown): void {
    this.end(error instanceof Error ? error : new Error(String(error)));
  }
}
