import { beforeAll } from '@jest/globals';
import type { EventLog } from '../../src/messaging/log/event-log.js';
import { kafkaAt, openKafkaLog } from '../support/kafka-logs.js';
import { createTopics, topicPrefix, withAdmin } from '../support/kafka-topics.js';
import { KAFKA_STARTS_WITHIN_MS } from '../support/kafka.js';
import { sharedKafka } from '../support/shared-kafka.js';
import { eventLogContract } from './event-log.contract.js';

let address: string;

beforeAll(async () => {
  address = await sharedKafka();
}, KAFKA_STARTS_WITHIN_MS);

eventLogContract('in Kafka', async () => {
  const prefix = topicPrefix();
  const config = kafkaAt(address, prefix);
  const opened: EventLog[] = [];
  await createTopics(address, prefix);
  return {
    open: (region) => {
      const log = openKafkaLog(config, region);
      opened.push(log);
      return log;
    },
    forgetPositions: (region) =>
      withAdmin(address, (admin) => admin.deleteGroups({ groups: [`${prefix}datadip-${region}`] })),
    close: async () => {
      await Promise.all(opened.map((log) => log.close()));
    },
  };
});
