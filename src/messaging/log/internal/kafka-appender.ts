import { TIMED_OUT, withTimeout } from '../../../kernel/deadline.js';
import { LOG_TOPICS, LogUnavailable, type LogPartition, type RecordToAppend } from '../event-log.js';
import { checkAppend } from './append-limits.js';
import { closeClient, type KafkaClients, type TextProducer } from './kafka-clients.js';
import type { LogHealth } from './log-health.js';

const MOST_WAITING = 16;
const CLOSED = 'the log is closed';

interface Waiting {
  readonly records: readonly RecordToAppend[];
  /**
   * Ends the append with an answer, or at the end of its time. The first call decides; later calls
   * are ignored.
   */
  readonly settle: (failure: string | undefined) => void;
}

/**
 * Appends to Kafka.
 *
 * Guarantees: one call runs at a time, so the records of successive calls keep their order. At most
 * 16 calls wait. After a failure, the next call has a new client.
 *
 * Does not guarantee: that a record is in the log only once. The idempotent mode of the client has
 * acknowledged records that were never written, so it is off.
 */
export class KafkaAppender {
  private readonly waiting: Waiting[] = [];
  private producer: Promise<TextProducer> | undefined;
  private isBusy = false;
  private isClosed = false;
  /** End the calls that wait for an answer of Kafka, when the log is closed. */
  private readonly endings = new Set<() => void>();

  constructor(
    private readonly clients: KafkaClients,
    private readonly health: LogHealth,
  ) {}

  append(records: readonly RecordToAppend[], withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      checkAppend(records);
      const problem = this.problem();
      if (problem !== undefined) throw new LogUnavailable(problem);
      const timer = setTimeout(() => this.giveUp(call, withinMs), withinMs);
      const call: Waiting = {
        records,
        settle: (failure) => {
          clearTimeout(timer);
          if (failure === undefined) resolve();
          else reject(new LogUnavailable(failure));
        },
      };
      this.waiting.push(call);
      this.sendNext();
    });
  }

  async partitions(withinMs: number): Promise<readonly LogPartition[]> {
    const problem = this.isClosed ? CLOSED : this.refusal();
    if (problem !== undefined) throw new LogUnavailable(problem);
    const client = this.client();
    // The caller may have left by then. A client that gives no answer is replaced all the same.
    const listing = this.bounded(this.listPartitions(client)).catch((error: unknown) => {
      throw new LogUnavailable(this.failed(error, client));
    });
    const found = await withTimeout(listing, withinMs);
    if (found === TIMED_OUT) throw new LogUnavailable(`no answer within ${withinMs} ms`);
    return found;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const call of this.waiting.splice(0)) call.settle(CLOSED);
    for (const end of this.endings) end();
    await this.drop(this.producer);
  }

  private problem(): string | undefined {
    if (this.isClosed) return CLOSED;
    if (this.waiting.length >= MOST_WAITING) return `${MOST_WAITING} calls wait already`;
    return this.refusal();
  }

  private refusal(): string | undefined {
    return this.health.refusedForMs() > 0 ? 'Kafka refuses the credentials' : undefined;
  }

  private giveUp(call: Waiting, withinMs: number): void {
    const at = this.waiting.indexOf(call);
    if (at >= 0) this.waiting.splice(at, 1);
    call.settle(`not confirmed within ${withinMs} ms`);
  }

  private sendNext(): void {
    const call = this.isBusy ? undefined : this.waiting.shift();
    if (call === undefined) return;
    this.isBusy = true;
    const client = this.client();
    void this.bounded(this.send(call.records, client))
      .then(
        () => call.settle(undefined),
        (error: unknown) => call.settle(this.failed(error, client)),
      )
      .finally(() => {
        this.isBusy = false;
        this.sendNext();
      });
  }

  private async send(records: readonly RecordToAppend[], client: Promise<TextProducer>): Promise<void> {
    const producer = await client;
    const messages = records.map(({ topic, ...record }) => ({ topic: this.clients.nameOf(topic), ...record }));
    await producer.send({ messages, acks: -1, idempotent: false });
    this.health.succeeded('append');
  }

  /** A call that Kafka does not answer ends with the time bound of a request, or with the log. */
  private async bounded<T>(work: Promise<T>): Promise<T> {
    const boundMs = this.clients.profile.requestTimeoutMs;
    let end!: () => void;
    const closing = new Promise<never>((_, reject) => {
      end = () => reject(new Error(CLOSED));
    });
    this.endings.add(end);
    try {
      const result = await withTimeout(Promise.race([work, closing]), boundMs);
      if (result === TIMED_OUT) throw new Error(`timed out after ${boundMs} ms`);
      return result;
    } finally {
      this.endings.delete(end);
    }
  }

  private async listPartitions(client: Promise<TextProducer>): Promise<LogPartition[]> {
    const producer = await client;
    const { topics } = await producer.metadata({ topics: [...this.clients.topicNames] });
    this.health.succeeded('append');
    return LOG_TOPICS.flatMap((topic) => {
      const count = topics.get(this.clients.nameOf(topic))?.partitionsCount ?? 0;
      return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
    });
  }

  private client(): Promise<TextProducer> {
    this.producer ??= this.clients.producer();
    return this.producer;
  }

  private failed(error: unknown, client: Promise<TextProducer>): string {
    if (this.isClosed) return CLOSED;
    void this.drop(client);
    return this.health.failed('append', error);
  }

  /** A call that failed late must not drop the client of later calls. */
  private async drop(client: Promise<TextProducer> | undefined): Promise<void> {
    if (this.producer === client) this.producer = undefined;
    const producer = await client?.catch(() => undefined);
    if (producer !== undefined) await closeClient(producer, true);
  }
}
