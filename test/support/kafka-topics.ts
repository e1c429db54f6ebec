import { randomUUID } from 'node:crypto';
import { Admin } from '@platformatic/kafka';
import { LOG_TOPICS, type LogTopic } from '../../src/messaging/log/event-log.js';

/** A prefix of topics and groups that no other test has. */
export function topicPrefix(): string {
  return `t-${randomUUID().slice(0, 8)}-`;
}

/** Creates the topics that regions share. */
export async function createTopics(address: string, prefix: string, partitions = 3): Promise<void> {
  await withAdmin(address, async (admin) => {
    await admin.createTopics({ topics: LOG_TOPICS.map((topic) => prefix + topic), partitions, replicas: 1 });
  });
}

export async function deleteTopics(
  address: string,
  prefix: string,
  topics: readonly LogTopic[] = LOG_TOPICS,
): Promise<void> {
  await withAdmin(address, (admin) => admin.deleteTopics({ topics: topics.map((topic) => prefix + topic) }));
}

/** Runs `work` with a client that manages topics and groups. */
export async function withAdmin<T>(address: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [address], retries: 5, retryDelay: 200 });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
