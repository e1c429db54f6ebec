import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';
import { withTimeout } from '../../../kernel/deadline.js';
import type { LogConsumer, LogPartition, LogStatus } from '../event-log.js';
import type { KafkaClients } from './kafka-clients.js';
import { isStarting } from './kafka-failures.js';
import type { LogHealth } from './log-health.js';
import { ReadingSession } from './reading-session.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1000;
/** How wrong the clocks of programs that write records may be. */
const CLOCK_MARGIN_MS = 60_000;
const CLOSES_WITHIN_MS = 1800;

/**
 * Reads the log, session after session.
 *
 * Guarantees: after any failure, a new session with new clients begins. The pause is at most 1 s,
 * or a minute after a refusal of the credentials.
 */
export class LogReader {
  private readonly topicIds = new Map<string, string>();
  private readonly stopping = new AbortController();
  private consumer: LogConsumer | undefined;
  private session: ReadingSession | undefined;
  private work: Promise<void> = Promise.resolve();
  private pauseMs = FIRST_PAUSE_MS;

  constructor(
    private readonly clients: KafkaClients,
    private readonly health: LogHealth,
    private readonly clock: Clock,
  ) {}

  start(consumer: LogConsumer): void {
    if (this.consumer !== undefined) throw new Error('consume is called once');
    this.consumer = consumer;
    this.work = this.readForever(consumer);
  }

  /** Does nothing between two sessions. */
  async rewind(ms: number, cause: number): Promise<readonly LogPartition[]> {
    const { session } = this;
    return session === undefined || session.readers.length === 0 ? [] : session.rewind(ms, CLOCK_MARGIN_MS, cause);
  }

  restart(): Promise<void> {
    this.session?.stop();
    return Promise.resolve();
  }

  get lag(): LogStatus['lag'] {
    const readers = this.session?.readers ?? [];
    return readers.map(({ at, end, position }) => ({ ...at, records: Math.max(0, Number(end - position)) }));
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.session?.stop();
    await withTimeout(this.work, CLOSES_WITHIN_MS);
  }

  private get isClosed(): boolean {
    return this.stopping.signal.aborted;
  }

  private async readForever(consumer: LogConsumer): Promise<void> {
    while (!this.isClosed) {
      const failed = await this.readOnce(consumer);
      if (failed) await this.pause();
    }
  }

  /** Returns whether the session ended with a failure. */
  private async readOnce(consumer: LogConsumer): Promise<boolean> {
    const { clients, clock, topicIds } = this;
    const session = new ReadingSession({ clients, consumer, clock, topicIds, onAnswered: () => this.answered() });
    this.session = session;
    try {
      await session.run();
      return false;
    } catch (error) {
      this.health.failed('read', error);
      if (isStarting(error)) this.pauseMs = FIRST_PAUSE_MS;
      return true;
    } finally {
      await session.close(this.isClosed || !clients.keepsMembership);
    }
  }

  private answered(): void {
    this.pauseMs = FIRST_PAUSE_MS;
    this.health.succeeded('read');
  }

  private async pause(): Promise<void> {
    const jittered = this.pauseMs * (0.5 + Math.random() / 2);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
    const ms = Math.max(jittered, this.health.refusedForMs());
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
