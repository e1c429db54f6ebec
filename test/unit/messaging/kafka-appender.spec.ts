import { describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../../src/kernel/clock.js';
import { LogUnavailable } from '../../../src/messaging/log/event-log.js';
import { KafkaAppender } from '../../../src/messaging/log/internal/kafka-appender.js';
import type { KafkaClients } from '../../../src/messaging/log/internal/kafka-clients.js';
import { LogHealth } from '../../../src/messaging/log/internal/log-health.js';
import { eventually } from '../../support/eventually.js';

const RECORD = { topic: 'customer.updated', key: 'k', value: 'v' } as const;
const BOUND_MS = 50;
const HOUR_MS = 3_600_000;
const NEVER = new Promise<never>(() => undefined);

/** The first client gives no answer and no error. Real brokers cannot make a client do that. */
class SilentOnce {
  made = 0;
  readonly closed: number[] = [];

  clients(requestTimeoutMs = BOUND_MS): KafkaClients {
    const clients = {
      profile: { requestTimeoutMs },
      topicNames: ['customer.updated'],
      nameOf: (topic: string) => topic,
      producer: () => Promise.resolve(this.client((this.made += 1))),
    };
    return clients as unknown as KafkaClients;
  }

  private client(number: number) {
    const close = (): Promise<void> => {
      this.closed.push(number);
      return Promise.resolve();
    };
    const topics = new Map([['customer.updated', { partitionsCount: 1 }]]);
    return {
      metadata: () => (number === 1 ? NEVER : Promise.resolve({ topics })),
      send: () => (number === 1 ? NEVER : Promise.resolve({})),
      close,
      connections: { close },
    };
  }
}

const log = { info: () => undefined, warn: () => undefined };
const healthy = (): LogHealth => new LogHealth(new SystemClock(), log);

describe('the appender', () => {
  it.each([
    ['its partitions', (appender: KafkaAppender) => appender.partitions(BOUND_MS / 5)],
    ['an append', (appender: KafkaAppender) => appender.append([RECORD], BOUND_MS / 5)],
  ])('replaces a client that never answers a request for %s, also if the caller has left', async (_what, ask) => {
    const silent = new SilentOnce();
    const appender = new KafkaAppender(silent.clients(), healthy());

    await expect(ask(appender)).rejects.toBeInstanceOf(LogUnavailable);
    await eventually(() => expect(silent.closed).toContain(1));
    await ask(appender);
    expect(silent.made).toBe(2);
    expect(silent.closed).not.toContain(2);
    await appender.close();
  });

  it('ends the calls that wait for Kafka when it is closed', async () => {
    const appender = new KafkaAppender(new SilentOnce().clients(HOUR_MS), healthy());
    const asked = [appender.partitions(HOUR_MS), appender.append([RECORD], HOUR_MS)];
    const ended = Promise.all(asked.map((call) => expect(call).rejects.toThrow('the log is closed')));

    await appender.close();
    await ended;
  });
});
