import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { SystemClock } from '../../src/kernel/clock.js';
import { createRedisClient } from '../../src/platform/redis/redis-client.js';
import { RedisConnection } from '../../src/platform/redis/redis-connection.js';
import { eventually } from '../support/eventually.js';
import { sharedRedisUrl } from '../support/redis-store.js';

/** Longer than other work of the machine delays Redis. */
const TIMEOUT_MS = 500;
const errors: string[] = [];
let connection: RedisConnection;

beforeEach(async () => {
  errors.length = 0;
  const config = { urls: [sharedRedisUrl()], timeoutMs: TIMEOUT_MS };
  connection = new RedisConnection({
    client: createRedisClient(config),
    clock: new SystemClock(),
    timeoutMs: TIMEOUT_MS,
    onError: (kind) => errors.push(kind),
    onAvailabilityChange: () => undefined,
  });
  connection.open();
  await eventually(() => connection.run((client) => client.ping()));
  errors.length = 0;
});
afterEach(() => connection.close());

/** Blocks the event loop, like a burst of callers, a large answer or a garbage collection. */
function blockEventLoop(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

describe('RedisConnection in a process that is busy longer than the command timeout', () => {
  it('counts no timeout for a reply that the busy process could not read', async () => {
    const reply = connection.run((client) => client.ping());
    await setImmediate();
    blockEventLoop(3 * TIMEOUT_MS);

    expect(await reply.catch(String)).toBe('PONG');
    expect(errors).toEqual([]);
  });

  it('does not report Redis as unavailable after a burst', async () => {
    const replies = Array.from({ length: 50 }, () => connection.run((client) => client.ping()));
    await setImmediate();
    blockEventLoop(3 * TIMEOUT_MS);
    await Promise.allSettled(replies);

    expect(errors).toEqual([]);
    expect(connection.isUp).toBe(true);
  });

  it('counts no timeout for a command that the busy process could not send', async () => {
    const reply = connection.run((client) => client.ping());
    blockEventLoop(3 * TIMEOUT_MS);

    expect(await reply.catch(String)).toBe('PONG');
  });
});
