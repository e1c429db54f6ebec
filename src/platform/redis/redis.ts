import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis as RedisClient } from 'ioredis';
import type { Logger } from 'pino';
import { type RedisConfig, REDIS_CONFIG } from '../../config/sections/redis.js';
import { Clock } from '../../kernel/clock.js';
import { LOGGER } from '../logging/logger.token.js';
import { CacheErrorMetrics } from '../metrics/cache-error.metrics.js';
import { createRedisClient, createSubscriber } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';

/** The region's Redis, if one is configured. */
@Injectable()
export class Redis implements OnModuleDestroy {
  /** `undefined` means that entries live in this process. */
  readonly connection: RedisConnection | undefined;
  private closed = false;

  constructor(
    @Inject(REDIS_CONFIG) private readonly config: RedisConfig | undefined,
    clock: Clock,
    metrics: CacheErrorMetrics,
    @Inject(LOGGER) log: Pick<Logger, 'info' | 'warn'>,
  ) {
    if (config === undefined) return;
    this.connection = new RedisConnection({
      client: createRedisClient(config),
      clock,
      timeoutMs: config.timeoutMs,
      onError: (kind) => metrics.cacheError('redis', kind),
      onAvailabilityChange: (isUp) =>
        isUp
          ? log.info('Redis is available again')
          : log.warn('Redis is unavailable: lookups are answered by their origins'),
    });
    this.connection.open();
  }

  /**
   * Creates a connection for messages only. It does not reconnect automatically.
   *
   * @param attempt counts up; each attempt takes the next of the URLs
   */
  createSubscriber(attempt: number): RedisClient {
    if (this.config === undefined) throw new TypeError('no Redis is configured');
    return createSubscriber(this.config, attempt);
  }

  /** Resolves when the server has answered. Tries until then, or until it is closed. */
  async connected(): Promise<void> {
    const { connection } = this;
    while (connection !== undefined && !this.closed && !(await answers(connection))) await delay(50);
  }

  onModuleDestroy(): void {
    this.close();
  }

  close(): void {
    this.closed = true;
    this.connection?.close();
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
