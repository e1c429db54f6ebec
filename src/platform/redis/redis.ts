import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { RedisConfig } from '../../config/config.js';
import { REDIS_CONFIG, REGION } from '../../config/tokens.js';
import { Clock } from '../../kernel/clock.js';
import { LOGGER } from '../logging/logger.token.js';
import { Metrics } from '../metrics/metrics.js';
import { RedisChannel } from './redis-channel.js';
import { createRedisClient, createSubscriber } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';

interface Opened {
  readonly connection: RedisConnection;
  readonly channel: RedisChannel;
}

/** The region's Redis, where one is configured. */
@Injectable()
export class Redis implements OnModuleDestroy {
  private closed = false;
  private readonly opened: Opened | undefined;

  constructor(
    @Inject(REDIS_CONFIG) config: RedisConfig | undefined,
    @Inject(REGION) region: string,
    clock: Clock,
    metrics: Metrics,
    @Inject(LOGGER) log: Pick<Logger, 'info' | 'warn'>,
  ) {
    if (config === undefined) return;
    const client = createRedisClient(config);
    const connection = new RedisConnection({
      client,
      clock,
      timeoutMs: config.timeoutMs,
      onError: (kind) => metrics.cacheError('redis', kind),
      onAvailabilityChange: (isUp) =>
        isUp ? log.info('Redis answers again') : log.warn('Redis is away: the origins answer'),
    });
    const channel = new RedisChannel({
      name: `datadip:${region}`,
      clock,
      client,
      dial: (attempt) => createSubscriber(config, attempt),
    });
    this.opened = { connection, channel };
    connection.open();
    channel.open();
  }

  /** Absent: entries live in this process. */
  get connection(): RedisConnection | undefined {
    return this.opened?.connection;
  }

  /** On which the processes of the region tell each other what ended and what was dropped. */
  get channel(): RedisChannel | undefined {
    return this.opened?.channel;
  }

  /** Resolves when the server has answered; tries until then. */
  async connected(): Promise<void> {
    const connection = this.opened?.connection;
    while (connection !== undefined && !this.closed && !(await answers(connection))) await delay(50);
  }

  onModuleDestroy(): void {
    this.close();
  }

  close(): void {
    this.closed = true;
    this.opened?.channel.close();
    this.opened?.connection.close();
  }
}

async function answers(connection: RedisConnection): Promise<boolean> {
  if (!connection.isOpen) return false;
  try {
    await connection.run((client) => client.ping());
    return true;
  } catch {
    return false;
  }
}
