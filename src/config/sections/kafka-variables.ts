import type { VariableDoc } from '../environment/variables.js';

const variable = (name: string, meaning: string, fallback = '', isSecret = false): VariableDoc => ({
  name,
  meaning,
  default: fallback,
  isSecret,
});

export const KAFKA_VARIABLES: readonly VariableDoc[] = [
  variable(
    'KAFKA_BROKERS',
    'The addresses of Kafka, the log between regions: host:port, several separated by commas. If the variable is empty, there is a single region, and nothing of Kafka is loaded. With it, REGION, KEY_SECRET and REDIS_URL are required.',
  ),
  variable(
    'KAFKA_TOPIC_PREFIX',
    'Begins the name of every topic and of the consumer group, so that several installations can share one Kafka. All regions need the same prefix. At most 64 letters, digits, `.`, `_` or `-`.',
  ),
  variable(
    'KAFKA_PROFILE',
    'kafka, or event-hubs for Azure Event Hubs: its longer time bounds. event-hubs needs KAFKA_TLS=on and plain or oauthbearer.',
    'kafka',
  ),
  variable('KAFKA_TLS', 'on encrypts the connections to Kafka. Production requires it for another machine.', 'off'),
  variable(
    'KAFKA_CA',
    'The certificates of the authorities that sign the certificates of Kafka, as PEM text. If the variable is empty, Datadip trusts the authorities that Node.js trusts.',
  ),
  variable(
    'KAFKA_SASL_MECHANISM',
    'How Datadip logs in to Kafka: none, plain, scram-sha-256, scram-sha-512 or oauthbearer.',
    'none',
  ),
  variable('KAFKA_USERNAME', 'The user of plain, scram-sha-256 and scram-sha-512.'),
  variable('KAFKA_PASSWORD', 'The password of plain, scram-sha-256 and scram-sha-512.', '', true),
  variable(
    'KAFKA_TOKEN_URL',
    'The address where oauthbearer gets a token by client credentials. Production requires https:// for another machine.',
    '',
    true,
  ),
  variable('KAFKA_CLIENT_ID', 'The client id of oauthbearer.'),
  variable('KAFKA_CLIENT_SECRET', 'The client secret of oauthbearer.', '', true),
  variable('KAFKA_SCOPE', 'The scope that oauthbearer asks for. If the variable is empty, it asks for none.'),
  variable(
    'ALLOW_PLAINTEXT_KAFKA',
    'on permits KAFKA_TLS=off and http:// in KAFKA_TOKEN_URL to another machine in production. off refuses both, because they send passwords and events unencrypted.',
    'off',
  ),
];
