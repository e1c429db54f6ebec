import type { VariableDoc, Variables } from '../environment/variables.js';
import type { KafkaConfig } from './regions.js';

export const KAFKA_VARIABLES: readonly VariableDoc[] = [
  {
    name: 'KAFKA_BROKERS',
    meaning:
      'The addresses of Kafka, the log between regions: host:port, several separated by commas. If the variable is empty, there is a single region, and nothing of Kafka is loaded. With it, REGION, KEY_SECRET and REDIS_URL are required.',
    default: '',
    isSecret: false,
  },
];

const BROKER = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/i;

/** Returns `undefined` if the environment names no Kafka. */
export function readKafka(variables: Variables): KafkaConfig | undefined {
  const brokers = variables.list('KAFKA_BROKERS');
  if (brokers.length === 0) return undefined;
  if (!brokers.every((broker) => BROKER.test(broker)))
    variables.refuse('KAFKA_BROKERS', 'must be host:port, several separated by commas');
  checkRegion(variables);
  return { brokers, tls: false, sasl: undefined, profile: 'kafka' };
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
