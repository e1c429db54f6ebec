import type { Logger } from 'pino';
import type { KafkaConfig } from '../../config/sections/kafka.js';
import type { Clock } from '../../kernel/clock.js';
import { EventLog, type LogConsumer, type LogPartition, type LogStatus, type RecordToAppend } from './event-log.js';
import { KafkaAppender } from './internal/kafka-appender.js';
import { KafkaClients } from './internal/kafka-clients.js';
import { LogHealth } from './internal/log-health.js';
import { LogReader } from './internal/log-reader.js';

/**
 * The log between regions in Kafka. ADR 58 says why this class does not trust the client library.
 *
 * Guarantees: those of `EventLog`. Memory is bounded while the broker hangs: one append is in
 * flight, and at most 16 wait. A fetch brings at most 4 MiB from each broker.
 *
 * Does not guarantee: that `status` shows a consumer that has stopped reading. Only an own
 * heartbeat that is not read back shows it.
 */
export class KafkaEventLog extends EventLog {
  private readonly health: LogHealth;
  private readonly appender: KafkaAppender;
  private readonly reader: LogReader;

  constructor(config: KafkaConfig, region: string, clock: Clock, log: Pick<Logger, 'info' | 'warn'>) {
    super();
    const clients = new KafkaClients(config, region, clock);
    this.health = new LogHealth(clock, log);
    this.appender = new KafkaAppender(clients, this.health);
    this.reader = new LogReader(clients, this.health, clock);
  }

  partitions(withinMs: number): Promise<readonly LogPartition[]> {
    return this.appender.partitions(withinMs);
  }

  append(records: readonly RecordToAppend[], withinMs: number): Promise<void> {
    return this.appender.append(records, withinMs);
  }

  consume(consumer: LogConsumer): void {
    this.reader.start(consumer);
  }

  rewind(ms: number, cause: number): Promise<readonly LogPartition[]> {
    return this.reader.rewind(ms, cause);
  }

  restartConsumer(): Promise<void> {
    return this.reader.restart();
  }

  status(): LogStatus {
    return { ...this.health.status(), lag: this.reader.lag };
  }

  async close(): Promise<void> {
    await Promise.all([this.reader.close(), this.appender.close()]);
  }
}
