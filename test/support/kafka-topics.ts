import { randomUUID } from 'node:crypto';
import { Admin, Consumer } from '@platformatic/kafka';
import { LOG_TOPICS, type LogTopic } from '../../src/messaging/log/event-log.js';
import { eventually } from './eventually.js';

/** A prefix of topics and groups that no other test has. */
export function topicPrefix(): string {
  return `t-${randomUUID().slice(0, 8)}-`;
}

/** Creates the topics that regions share. Returns after each partition takes and gives records. */
export async function createTopics(
  address: string,
  prefix: string,
  partitions = 3,
  only: readonly LogTopic[] = LOG_TOPICS,
): Promise<void> {
  const topics = only.map((topic) => prefix + topic);
  await withAdmin(address, (admin) => admin.createTopics({ topics, partitions, replicas: 1 }));
  const consumer = new Consumer({ clientId: 'test', groupId: 'none', bootstrapBrokers: [address], retries: 0 });
  try {
    // A broker leads a new partition some milliseconds after it has answered.
    await eventually(() => consumer.listOffsets({ topics }));
  } finally {
    await consumer.close();
  }
}

export async function deleteTopics(
  address: string,
  prefix: string,
  topics: readonly LogTopic[] = LOG_TOPICS,
): Promise<void> {
  await withAdmin(address, (admin) => admin.deleteTopics({ topics: topics.map((topic) => prefix + topic) }));
}

/** Adds partitions to a topic until it has `count`. */
export async function addPartitions(address: string, prefix: string, topic: LogTopic, count: number): Promise<void> {
  await withAdmin(address, (admin) =>
    admin.createPartitions({ topics: [{ name: prefix + topic, count, assignments: null }], validateOnly: false }),
  );
}

/** Waits until a group has committed everything that the topics hold now. */
export async function untilCommitted(address: string, groupId: string): Promise<void> {
  const topics = [...LOG_TOPICS];
  const consumer = new Consumer({ clientId: 'test', groupId, bootstrapBrokers: [address], retries: 0 });
  try {
    const ends = await consumer.listOffsets({ topics });
    const wanted = topics.map((topic) => ({ topic, partitions: [...(ends.get(topic) ?? []).keys()] }));
    await eventually(async () => {
      const committed = await consumer.listCommittedOffsets({ topics: wanted });
      for (const [topic, offsets] of ends)
        for (const [partition, end] of offsets.entries())
          if ((committed.get(topic)?.[partition] ?? -1n) < end)
            throw new Error(`${groupId} has not committed ${topic} ${partition} up to ${end}`);
    });
  } finally {
    await consumer.close();
  }
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
