/** Users of a broker with passwords. All mechanisms know the same user. */
export interface KafkaUser {
  readonly name: string;
  readonly password: string;
}

/** A listener that clients of one region use. */
interface LinkSettings {
  readonly name: string;
  readonly port: number;
  /** The port that the broker tells clients: that of a proxy. */
  readonly advertisedPort: number;
}

export interface BrokerSettings {
  /** The folder of the data. */
  readonly data: string;
  /** A listener without TLS and without credentials. */
  readonly internalPort: number;
  readonly controllerPort: number;
  readonly links: readonly LinkSettings[];
  /** A PEM file with the key (PKCS#8) and the certificate: TLS on all links. */
  readonly keystoreFile?: string | undefined;
  /** Credentials on all links. */
  readonly user?: KafkaUser | undefined;
}

/** The short time bounds make a killed broker available 6 s after its restart instead of 16 s. */
const FIXED = `
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=6000
group.consumer.min.heartbeat.interval.ms=500
group.consumer.heartbeat.interval.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=200
controlled.shutdown.enable=false
num.network.threads=2
num.io.threads=4
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=2097152
log.index.size.max.bytes=1048576
log.retention.check.interval.ms=1000
log.segment.delete.delay.ms=1000
`;

/** The settings of a broker that is its own controller, as the text of a properties file. */
export function singleBroker(settings: BrokerSettings): string {
  const { data, internalPort, controllerPort, links, user } = settings;
  const listeners = [
    `INTERNAL://127.0.0.1:${internalPort}`,
    `CONTROLLER://127.0.0.1:${controllerPort}`,
    ...links.map(({ name, port }) => `${listenerOf(name)}://127.0.0.1:${port}`),
  ];
  const advertised = [
    `INTERNAL://127.0.0.1:${internalPort}`,
    ...links.map(({ name, advertisedPort }) => `${listenerOf(name)}://127.0.0.1:${advertisedPort}`),
  ];
  const protocols = links.map(({ name }) => `${listenerOf(name)}:${protocolOf(settings)}`);
  return [
    FIXED,
    `log.dirs=${data}`,
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=${listeners.join(',')}`,
    `advertised.listeners=${advertised.join(',')}`,
    `listener.security.protocol.map=${['INTERNAL:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...protocols].join(',')}`,
    ...tlsLines(settings),
    ...links.flatMap(({ name }) => (user === undefined ? [] : saslLines(name.toLowerCase(), user))),
    '',
  ].join('\n');
}

function listenerOf(link: string): string {
  return `LINK_${link.toUpperCase()}`;
}

function protocolOf({ keystoreFile, user }: BrokerSettings): string {
  if (user === undefined) return keystoreFile === undefined ? 'PLAINTEXT' : 'SSL';
  return keystoreFile === undefined ? 'SASL_PLAINTEXT' : 'SASL_SSL';
}

function tlsLines({ keystoreFile }: BrokerSettings): string[] {
  if (keystoreFile === undefined) return [];
  return ['ssl.keystore.type=PEM', `ssl.keystore.location=${keystoreFile}`, 'ssl.client.auth=none'];
}

function saslLines(link: string, { name, password }: KafkaUser): string[] {
  const listener = `listener.name.link_${link}`;
  const modules = 'org.apache.kafka.common.security';
  return [
    `${listener}.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER`,
    `${listener}.plain.sasl.jaas.config=${modules}.plain.PlainLoginModule required user_${name}="${password}";`,
    `${listener}.scram-sha-256.sasl.jaas.config=${modules}.scram.ScramLoginModule required;`,
    `${listener}.scram-sha-512.sasl.jaas.config=${modules}.scram.ScramLoginModule required;`,
    `${listener}.oauthbearer.sasl.jaas.config=${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="datadip";`,
  ];
}
