import { X509Certificate } from 'node:crypto';
import type { Variables } from '../environment/variables.js';
import { isLoopback, isPlaintextRemote } from '../security-warnings.js';

/** How the process reaches Kafka, the log between regions. */
export interface KafkaConfig {
  /** Host and port of each. */
  readonly brokers: readonly string[];
  /** Begins the name of every topic and of the consumer group. Default: empty. */
  readonly topicPrefix: string;
  /** `ca`: PEM text of authorities. `undefined` means those that Node.js trusts. */
  readonly tls: false | { readonly ca: string | undefined };
  readonly sasl: SaslConfig | undefined;
  /** `event-hubs`: the longer time bounds that Azure Event Hubs needs. */
  readonly profile: 'kafka' | 'event-hubs';
}

export type SaslConfig =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'OAUTHBEARER';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope: string | undefined;
    };

const MECHANISMS = ['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;
type Mechanism = (typeof MECHANISMS)[number];

const PASSWORD_MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;
const PASSWORD_VARIABLES = ['KAFKA_USERNAME', 'KAFKA_PASSWORD'] as const;
const OAUTH_VARIABLES = ['KAFKA_TOKEN_URL', 'KAFKA_CLIENT_ID', 'KAFKA_CLIENT_SECRET'] as const;

const BROKER = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/i;
const PREFIX = /^[A-Za-z0-9._-]{0,64}$/;
const PERMISSION = 'ALLOW_PLAINTEXT_KAFKA=on permits it where the network is trusted';

/** Returns `undefined` if the environment names no Kafka. */
export function readKafka(variables: Variables, isProduction: boolean): KafkaConfig | undefined {
  const brokers = readBrokers(variables);
  if (brokers.length === 0) return undefined;
  checkRegion(variables);
  const mechanism = variables.oneOf('KAFKA_SASL_MECHANISM', MECHANISMS, 'none');
  const profile = variables.oneOf('KAFKA_PROFILE', ['kafka', 'event-hubs'], 'kafka');
  const tls = readTls(variables);
  const sasl = readSasl(variables, mechanism);
  checkPlaintext(variables, isProduction, { brokers, tls, sasl });
  if (profile === 'event-hubs') checkEventHubs(variables, tls, mechanism);
  const topicPrefix = variables.textLike(
    'KAFKA_TOPIC_PREFIX',
    PREFIX,
    '',
    'must be at most 64 letters, digits, ., _ or -',
  );
  return { brokers, topicPrefix, tls, sasl, profile };
}

function readBrokers(variables: Variables): readonly string[] {
  const brokers = variables.list('KAFKA_BROKERS');
  const isAddress = (broker: string): boolean => {
    const port = Number(BROKER.exec(broker)?.[2]);
    return port >= 1 && port <= 65_535;
  };
  if (!brokers.every(isAddress)) variables.refuse('KAFKA_BROKERS', 'must be host:port, several separated by commas');
  return brokers;
}

/** Refuses the start if a setting is missing that a single region does not need. */
function checkRegion(variables: Variables): void {
  const needs = (name: string, why: string): void => {
    if (variables.text(name) === undefined) variables.refuse(name, `is required with KAFKA_BROKERS: ${why}`);
  };
  needs('REGION', 'the name of this region, different in each');
  needs('KEY_SECRET', 'the same in all regions, because regions exchange hashes');
  needs('REDIS_URL', 'the Redis of this region');
}

function readTls(variables: Variables): KafkaConfig['tls'] {
  const isOn = variables.oneOf('KAFKA_TLS', ['on', 'off'], 'off') === 'on';
  if (variables.isRefused('KAFKA_TLS')) return false;
  const ca = variables.text('KAFKA_CA');
  if (ca !== undefined && !isOn) variables.refuse('KAFKA_CA', 'has no effect without KAFKA_TLS=on');
  else if (ca !== undefined && !isCertificate(ca)) variables.refuse('KAFKA_CA', 'must be certificates as PEM text');
  return isOn ? { ca } : false;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function readSasl(variables: Variables, mechanism: Mechanism): SaslConfig | undefined {
  if (variables.isRefused('KAFKA_SASL_MECHANISM')) return undefined;
  const text = (name: string): string => variables.text(name) ?? '';
  if (mechanism === 'oauthbearer') {
    checkCredentials(variables, mechanism, OAUTH_VARIABLES, PASSWORD_VARIABLES);
    const tokenUrl = text('KAFKA_TOKEN_URL');
    if (tokenUrl !== '' && !/^https?:$/.test(URL.parse(tokenUrl)?.protocol ?? ''))
      variables.refuse('KAFKA_TOKEN_URL', 'must be https:// and a host');
    const client = { clientId: text('KAFKA_CLIENT_ID'), clientSecret: text('KAFKA_CLIENT_SECRET') };
    return { mechanism: 'OAUTHBEARER', tokenUrl, ...client, scope: variables.text('KAFKA_SCOPE') };
  }
  if (mechanism === 'none') {
    checkCredentials(variables, mechanism, [], [...PASSWORD_VARIABLES, ...OAUTH_VARIABLES]);
    return undefined;
  }
  checkCredentials(variables, mechanism, PASSWORD_VARIABLES, OAUTH_VARIABLES);
  const [username, password] = [text('KAFKA_USERNAME'), text('KAFKA_PASSWORD')];
  return { mechanism: PASSWORD_MECHANISMS[mechanism], username, password };
}

/** Refuses a credential that is missing, and one that another mechanism would use. */
function checkCredentials(
  variables: Variables,
  mechanism: Mechanism,
  needed: readonly string[],
  unused: readonly string[],
): void {
  for (const name of needed)
    if (variables.text(name) === undefined)
      variables.refuse(name, `is required with KAFKA_SASL_MECHANISM=${mechanism}`);
  for (const name of unused)
    if (variables.text(name) !== undefined)
      variables.refuse(name, `has no effect with KAFKA_SASL_MECHANISM=${mechanism}: remove it, or name its mechanism`);
}

function checkPlaintext(
  variables: Variables,
  isProduction: boolean,
  { brokers, tls, sasl }: Pick<KafkaConfig, 'brokers' | 'tls' | 'sasl'>,
): void {
  const isAllowed = variables.oneOf('ALLOW_PLAINTEXT_KAFKA', ['on', 'off'], 'off') === 'on';
  if (!isProduction || isAllowed) return;
  const isRemote =
    !variables.isRefused('KAFKA_BROKERS') && brokers.some((broker) => !isLoopback(broker.replace(/:\d+$/, '')));
  if (tls === false && isRemote)
    variables.refuse(
      'KAFKA_TLS',
      `must be on in production: events and passwords would be unencrypted (${PERMISSION})`,
    );
  if (sasl?.mechanism === 'OAUTHBEARER' && isPlaintextRemote(URL.parse(sasl.tokenUrl)))
    variables.refuse(
      'KAFKA_TOKEN_URL',
      `must be https:// in production: the secret would be unencrypted (${PERMISSION})`,
    );
}

function checkEventHubs(variables: Variables, tls: KafkaConfig['tls'], mechanism: Mechanism): void {
  if (tls === false) variables.refuse('KAFKA_TLS', 'must be on with KAFKA_PROFILE=event-hubs');
  if (mechanism !== 'plain' && mechanism !== 'oauthbearer')
    variables.refuse('KAFKA_SASL_MECHANISM', 'must be plain or oauthbearer with KAFKA_PROFILE=event-hubs');
}
