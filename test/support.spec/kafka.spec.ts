import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { KAFKA_STARTS_WITHIN_MS, startKafka, type TestKafka } from '../support/kafka.js';
import { createTopics, topicPrefix, withAdmin } from '../support/kafka-topics.js';
import { sharedKafka } from '../support/shared-kafka.js';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function topicsAt(address: string): Promise<string[]> {
  return withAdmin(address, (admin) => admin.listTopics());
}

describe('the Kafka of a test run', () => {
  let address: string;

  beforeAll(async () => {
    address = await sharedKafka();
  }, KAFKA_STARTS_WITHIN_MS);

  it('is the same for all suites', async () => {
    expect(await sharedKafka()).toBe(address);
  });

  it('creates the topics of a test', async () => {
    const prefix = topicPrefix();
    await createTopics(address, prefix);

    const own = (await topicsAt(address)).filter((name) => name.startsWith(prefix));
    expect(own.toSorted()).toEqual([`${prefix}agent.status.change`, `${prefix}customer.updated`]);
  });
});

describe('a Kafka of one test', () => {
  let kafka: TestKafka;

  async function start(...options: Parameters<typeof startKafka>): Promise<void> {
    kafka = await startKafka(...options);
    closers.push(() => kafka.stop());
  }

  it('keeps its topics across a restart and loses them when it is replaced behind its link', async () => {
    await start({ links: ['eu'] });
    const link = kafka.linkAddress('eu');
    await createTopics(link, 'kept-');
    await kafka.restart();
    expect(await topicsAt(link)).toEqual(['kept-agent.status.change', 'kept-customer.updated']);

    await kafka.replace();
    expect(kafka.linkAddress('eu')).toBe(link);
    expect(await topicsAt(link)).toEqual([]);
  });

  it('accepts only TLS and its credentials on a link', async () => {
    await start({ links: ['eu'], tls: true, user: { name: 'datadip', password: randomUUID() } });

    await expect(topicsAt(kafka.linkAddress('eu'))).rejects.toThrow();
    expect(await topicsAt(kafka.address)).toEqual([]);
  });
});
