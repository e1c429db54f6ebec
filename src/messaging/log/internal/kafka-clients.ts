import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { BaseOptions, Consumer, ConsumerOptions, Producer, SASLOptions } from '@platformatic/kafka';
import type { KafkaConfig } from '../../../config/sections/kafka.js';
import type { Clock } from '../../../kernel/clock.js';
import { withTimeout } from '../../../kernel/deadline.js';
import { LOG_TOPICS, type LogTopic } from '../event-log.js';
import { OAuthToken } from './oauth-token.js';

/** Time limits, some of which the broker must know. */
interface Profile {
  readonly requestTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
}

const PROFILES: Readonly<Record<KafkaConfig['profile'], Profile>> = {
  kafka: { requestTimeoutMs: 5000, sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000 },
  'event-hubs': { requestTimeoutMs: 60_000, sessionTimeoutMs: 30_000, heartbeatIntervalMs: 3000 },
};

const CONNECTS_WITHIN_MS = 5000;
const CLOSES_WITHIN_MS = 1000;

type Text = string;
export type TextProducer = Producer<Text, Text, Text, Text>;
export type BytesConsumer = Consumer;
type KafkaModule = typeof import('@platformatic/kafka');

/**
 * Makes the clients of Kafka. Each client tries once. The calling code repeats, because it knows
 * when to stop.
 *
 * Guarantees: the package is loaded when the first client is made, so a single region never loads
 * it.
 */
export class KafkaClients {
  readonly profile: Profile;
  readonly topicNames: readonly string[];
  private readonly groupId: string;
  private readonly base: BaseOptions;
  private kafka: Promise<KafkaModule> | undefined;

  constructor(
    private readonly config: KafkaConfig,
    region: string,
    clock: Clock,
    /** A member with an id gets its partitions again after a restart, without a wait. */
    private readonly memberId = randomUUID(),
  ) {
    this.profile = PROFILES[config.profile];
    this.topicNames = LOG_TOPICS.map((topic) => this.nameOf(topic));
    this.groupId = `${config.topicPrefix}datadip-${region}`;
    this.base = {
      clientId: 'datadip',
      bootstrapBrokers: [...config.brokers],
      retries: 0,
      connectTimeout: CONNECTS_WITHIN_MS,
      requestTimeout: this.profile.requestTimeoutMs,
      ...tlsOptions(config),
      ...saslOptions(config, clock),
    };
  }

  nameOf(topic: LogTopic): string {
    return this.config.topicPrefix + topic;
  }

  topicOf(name: string): LogTopic | undefined {
    return LOG_TOPICS.find((topic) => this.nameOf(topic) === name);
  }

  /**
   * Whether a member of the group has an id. If so, its successor takes its partitions without a
   * wait. Event Hubs does not document these ids.
   */
  get keepsMembership(): boolean {
    return this.config.profile === 'kafka';
  }

  async producer(): Promise<TextProducer> {
    const { Producer, stringSerializers, compatibilityPartitioner } = await this.load();
    return new Producer({
      ...this.base,
      idempotent: false,
      acks: -1,
      // The partitioner of the Java client: other programs write to the same topics.
      partitioner: compatibilityPartitioner,
      serializers: stringSerializers,
    });
  }

  /**
   * A client that joins the group of the region. A join waits until the other members have finished
   * their work.
   */
  async member(): Promise<BytesConsumer> {
    const { sessionTimeoutMs, heartbeatIntervalMs, requestTimeoutMs } = this.profile;
    return this.consumer({
      requestTimeout: Math.max(requestTimeoutMs, sessionTimeoutMs + 2000),
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatIntervalMs,
      ...(this.keepsMembership ? { groupInstanceId: this.memberId } : {}),
    });
  }

  /** A client that only fetches. A fetch waits for records, so it must not block the member. */
  async fetcher(): Promise<BytesConsumer> {
    return this.consumer({});
  }

  private async consumer(options: Partial<ConsumerOptions<Buffer, Buffer, Buffer, Buffer>>): Promise<BytesConsumer> {
    const { Consumer } = await this.load();
    const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({
      ...this.base,
      groupId: this.groupId,
      ...options,
    });
    for (const topic of this.topicNames) consumer.topics.track(topic);
    return consumer;
  }

  private load(): Promise<KafkaModule> {
    this.kafka ??= import('@platformatic/kafka');
    return this.kafka;
  }
}

/**
 * Closes a client within 1 s. A client that waits for a hung broker loses its connections.
 *
 * @param leaves whether a member leaves its group; otherwise its successor takes its place
 */
export async function closeClient(client: TextProducer | BytesConsumer, leaves: boolean): Promise<void> {
  const quietly = (work: Promise<unknown>): Promise<unknown> =>
    withTimeout(
      work.catch(() => undefined),
      CLOSES_WITHIN_MS,
    );
  if (!leaves) await quietly(client.connections.close());
  await quietly(client.close(true));
  if (leaves) await quietly(client.connections.close());
}

function tlsOptions({ tls, brokers }: KafkaConfig): Partial<BaseOptions> {
  if (tls === false) return {};
  const hosts = brokers.map((broker) => broker.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
  return {
    tls: tls.ca === undefined ? {} : { ca: tls.ca },
    // TLS knows no server names that are addresses.
    tlsServerName: hosts.some((host) => isIP(host) === 0),
  };
}

function saslOptions({ sasl }: KafkaConfig, clock: Clock): { sasl?: SASLOptions } {
  if (sasl === undefined) return {};
  if (sasl.mechanism !== 'OAUTHBEARER') return { sasl: { ...sasl } };
  const token = new OAuthToken(sasl, clock);
  return { sasl: { mechanism: 'OAUTHBEARER', token: () => token.get() } };
}
