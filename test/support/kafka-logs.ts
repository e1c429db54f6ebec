import type { KafkaConfig } from '../../src/config/sections/kafka.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { KafkaEventLog } from '../../src/messaging/log/kafka-event-log.js';

/** Lines that a log has written, without their levels. */
export type LogLines = { readonly fields: Record<string, unknown>; readonly message: string }[];

/** The settings of a Kafka without TLS and credentials. */
export function kafkaAt(address: string, topicPrefix: string, more: Partial<KafkaConfig> = {}): KafkaConfig {
  return { brokers: [address], topicPrefix, tls: false, sasl: undefined, profile: 'kafka', ...more };
}

/** Connects a process of a region. The test closes it. */
export function openKafkaLog(config: KafkaConfig, region: string, lines: LogLines = []): KafkaEventLog {
  const write = (fields: object, message: string): void => {
    lines.push({ fields: fields as Record<string, unknown>, message });
  };
  return new KafkaEventLog(config, region, new SystemClock(), { info: write, warn: write } as never);
}
