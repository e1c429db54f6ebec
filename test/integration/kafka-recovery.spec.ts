import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LogUnavailable, type EventLog } from '../../src/messaging/log/event-log.js';
import { eventually } from '../support/eventually.js';
import { kafkaAt, openKafkaLog } from '../support/kafka-logs.js';
import { addPartitions, createTopics, deleteTopics, topicPrefix } from '../support/kafka-topics.js';
import { KAFKA_STARTS_WITHIN_MS, startKafka, type TestKafka } from '../support/kafka.js';
import { LogListener } from '../support/log-listener.js';

const TOPIC = 'customer.updated';
const RECOVERS_WITHIN_MS = 30_000;
const PARTITIONS = 3;

/** Appends a number after the other, each until the log confirms it. */
class Counter {
  readonly confirmed: string[] = [];
  private isRunning = true;
  private readonly work: Promise<void>;

  constructor(private readonly log: EventLog) {
    this.work = this.run();
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    await this.work;
  }

  /** Resolves after the log confirms further numbers. */
  async untilConfirming(): Promise<void> {
    const before = this.confirmed.length;
    await eventually(() => expect(this.confirmed.length).toBeGreaterThan(before + 2), {
      withinMs: RECOVERS_WITHIN_MS,
    });
  }

  private async run(): Promise<void> {
    for (let next = 0; this.isRunning;) {
      try {
        await this.log.append([{ topic: TOPIC, key: 'count', value: `${next}` }], 1000);
        this.confirmed.push(`${next}`);
        next += 1;
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
      }
      await sleep(20);
    }
  }
}

describe('the log in Kafka', () => {
  let kafka: TestKafka;
  let prefix: string;
  let opened: EventLog[];

  beforeAll(async () => {
    kafka = await startKafka({ links: ['eu'] });
  }, KAFKA_STARTS_WITHIN_MS);

  afterAll(() => kafka.stop());

  beforeEach(async () => {
    prefix = topicPrefix();
    opened = [];
    await createTopics(kafka.address, prefix, PARTITIONS);
  });

  afterEach(() => Promise.all(opened.map((log) => log.close())));

  /** A process whose traffic crosses the link. */
  function open(region: string): EventLog {
    const log = openKafkaLog(kafkaAt(kafka.linkAddress('eu'), prefix), region);
    opened.push(log);
    return log;
  }

  async function reader(region: string): Promise<LogListener> {
    const listener = new LogListener(open(region));
    listener.start();
    await untilRead(listener, 'ready');
    return listener;
  }

  /** Appends to each partition until the process has read the value from each. */
  async function untilRead(listener: LogListener, value: string): Promise<void> {
    const heartbeats = Array.from({ length: PARTITIONS }, (_, partition) => ({
      ...({ topic: TOPIC, partition, key: 'heartbeat', value } as const),
    }));
    await eventually(
      async () => {
        await listener.log.append(heartbeats, 1000);
        await eventually(() => expect(listener.partitionsWith(value)).toHaveLength(PARTITIONS), { withinMs: 1000 });
      },
      { withinMs: RECOVERS_WITHIN_MS },
    );
  }

  /** Each number is read, and first read in its order. */
  function expectAllRead(listener: LogListener, counter: Counter): Promise<void> {
    return eventually(
      () => {
        const firstReads = [...new Set(listener.valuesOf('count'))];
        expect(firstReads.slice(0, counter.confirmed.length)).toEqual(counter.confirmed);
        expect(listener.gaps).toEqual([]);
      },
      { withinMs: RECOVERS_WITHIN_MS },
    );
  }

  it.each<[string, () => Promise<void>, () => Promise<void>]>([
    ['hangs and continues', () => kafka.pause(), () => kafka.resume()],
    ['is killed and restarted', () => kafka.kill(), () => kafka.restart()],
    ['cannot be reached', () => kafka.link('eu').hang(), () => kafka.link('eu').pass()],
  ])('loses nothing when the broker %s', async (_, fail, recover) => {
    const eu = await reader('eu');
    const counter = new Counter(eu.log);
    await counter.untilConfirming();
    await fail();
    await eventually(() => expect(eu.log.status().state).toBe('away'));
    await recover();
    await counter.untilConfirming();
    await counter.stop();

    await expectAllRead(eu, counter);
    expect(eu.log.status().state).toBe('connected');
  });

  it('counts as connected in a process without a partition, also after Kafka could not be reached', async () => {
    const small = topicPrefix();
    await createTopics(kafka.address, small, 1);
    const logs = [1, 2, 3].map(() => openKafkaLog(kafkaAt(kafka.linkAddress('eu'), small), 'eu'));
    opened.push(...logs);
    for (const log of logs) new LogListener(log).start();
    const everyIs = (state: string): Promise<void> =>
      eventually(() => expect(logs.map((log) => log.status().state)).toEqual([state, state, state]), {
        withinMs: RECOVERS_WITHIN_MS,
      });
    await everyIs('connected');
    await eventually(() => {
      const partitions = logs.map((log) => log.status().lag.length);
      expect([Math.min(...partitions), partitions.reduce((sum, each) => sum + each, 0)]).toEqual([0, 2]);
    });
    await kafka.link('eu').refuse();
    await everyIs('away');
    await kafka.link('eu').pass();

    await everyIs('connected');
  });

  it('refuses the 17th call that waits at once while the broker hangs, and the others in time', async () => {
    const eu = await reader('eu');
    await kafka.pause();
    const startMs = performance.now();
    const calls = Array.from({ length: 100 }, (_, at) =>
      eu.log.append([{ topic: TOPIC, key: 'k', value: `${at}` }], 500).then(
        () => undefined,
        (error: unknown) => ({ error: String(error), atMs: performance.now() - startMs }),
      ),
    );
    const ends = await Promise.all(calls);
    await kafka.resume();

    const refused = ends.filter((end) => end?.error.includes('16 calls wait already'));
    expect(refused).toHaveLength(83);
    expect(Math.max(...refused.map((end) => end?.atMs ?? 0))).toBeLessThan(400);
    expect(ends.filter((end) => end?.error.includes('not confirmed within 500 ms'))).toHaveLength(17);
    await untilRead(eu, 'again');
  });

  it('closes within 2 s while the broker hangs', async () => {
    const eu = await reader('eu');
    await kafka.pause();
    const startMs = performance.now();
    await eu.log.close();
    const tookMs = performance.now() - startMs;
    await kafka.resume();

    expect(tookMs).toBeLessThan(2500);
  });

  it('reports a gap of each partition of a topic that is created again, and reads it from its beginning', async () => {
    const eu = await reader('eu');
    await deleteTopics(kafka.address, prefix, [TOPIC]);
    await createTopics(kafka.address, prefix, PARTITIONS, [TOPIC]);
    await untilRead(eu, 'again');

    expect(eu.gaps.map(({ at, reason }) => `${at.topic}:${at.partition} ${reason}`).toSorted()).toEqual(
      [0, 1, 2].map((partition) => `${TOPIC}:${partition} recreated`),
    );
  });

  it('reads the partitions that a topic gains from their begin, without a gap', async () => {
    const eu = await reader('eu');
    await addPartitions(kafka.address, prefix, TOPIC, PARTITIONS + 1);
    await eventually(() => eu.log.append([{ topic: TOPIC, partition: PARTITIONS, key: 'k', value: 'first' }], 1000));

    await eventually(() => expect(eu.valuesOf('k')).toContain('first'), { withinMs: RECOVERS_WITHIN_MS });
    expect(eu.gaps).toEqual([]);
  });

  it('continues with a broker that replaces another one without its data', async () => {
    const eu = await reader('eu');
    await kafka.replace();
    await createTopics(kafka.address, prefix, PARTITIONS);
    await untilRead(eu, 'again');

    const reasons = new Set(eu.gaps.map(({ reason }) => reason));
    expect(reasons).toEqual(new Set(['recreated']));
  });
});
