import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import type { RedisConnection } from '../../src/platform/redis/redis-connection.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { createRedis } from '../support/create-redis.js';
import { sharedRedisUrl } from '../support/redis-store.js';

/** Longer than other work of the machine delays Redis. */
const TIMEOUT_MS = 500;
const errors: string[] = [];
let redis: Redis;
let connection: RedisConnection;

beforeEach(async () => {
  redis = createRedis([sharedRedisUrl()], { timeoutMs: TIMEOUT_MS, onError: (kind) => errors.push(kind) });
  await redis.connected();
  if (redis.connection === undefined) throw new Error('there is no Redis');
  connection = redis.connection;
  errors.length = 0;
});
afterEach(() => redis.close());

/** Blocks the event loop, like a burst of callers, a large answer or a garbage collection. */
function blockEventLoop(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

describe('RedisConnection in a process that is busy longer than the command timeout', () => {
  it('counts no timeout for a reply that the busy process could not read', async () => {
    const reply = connection.run((client) => client.ping(), '');
    await setImmediate();
    blockEventLoop(3 * TIMEOUT_MS);

    expect(await reply.catch(String)).toBe('PONG');
    expect(errors).toEqual([]);
  });

  it('does not report Redis as unavailable after a burst', async () => {
    const replies = Array.from({ length: 50 }, () => connection.run((client) => client.ping(), ''));
    await setImmediate();
    blockEventLoop(3 * TIMEOUT_MS);
    await Promise.allSettled(replies);

    expect(errors).toEqual([]);
    expect(connection.isUp).toBe(true);
  });

  it('counts no timeout for a command that the busy process could not send', async () => {
    const reply = connection.run((client) => client.ping(), '');
    blockEventLoop(3 * TIMEOUT_MS);

    expect(await reply.catch(String)).toBe('PONG');
  });
});
