import { RedisEntryStore } from '../../src/cache/internal/redis-entry-store.js';
import { SystemClock, SystemWallClock } from '../../src/kernel/clock.js';
import { RedisEventBus } from '../../src/messaging/redis-event-bus.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { eventually } from './eventually.js';
import { createRedis } from './create-redis.js';
import { hearingAlone } from './hearing.js';

/** Opens a connected Redis entry store as the application creates it. */
export async function openRedisStore(
  urls: readonly string[],
  timeoutMs = 1000,
  hearing = hearingAlone(new SystemClock()),
  eventLoop = { presentMs: () => 0 },
) {
  const redis = createRedis(urls, { timeoutMs });
  const bus = openRedisEventBus(redis);
  const { connection } = redis;
  if (connection === undefined) throw new Error('no Redis is configured');
  const store = new RedisEntryStore(connection, bus, hearing, eventLoop);
  await redis.connected();
  const close = (): void => {
    bus.close();
    redis.close();
  };
  return { redis, bus, store, close };
}

/** Opens the event bus of a region on an opened Redis. The caller closes it. */
export function openRedisEventBus(redis: Redis, region = 'test'): RedisEventBus {
  const { connection } = redis;
  if (connection === undefined) throw new Error('no Redis is configured');
  const createSubscriber = (attempt: number) => redis.createSubscriber(attempt);
  const clocks = { clock: new SystemClock(), wallClock: new SystemWallClock() };
  const bus = new RedisEventBus({ region, ...clocks, connection, createSubscriber });
  bus.open();
  return bus;
}

/** Resolves when the event bus receives its own heartbeats. */
export function untilHeard(bus: RedisEventBus): Promise<void> {
  return eventually(() => {
    if (!bus.isHeard()) throw new Error('the event bus is not heard');
  });
}

/** Returns the address of the Redis that the whole run shares. */
export function sharedRedisUrl(): string {
  const url = process.env.DATADIP_TEST_REDIS_URL;
  if (url === undefined) throw new Error('the global setup has not started a Redis');
  return url;
}
