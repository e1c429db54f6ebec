import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { SystemClock } from '../../src/kernel/clock.js';
import { createRedisClient } from '../../src/platform/redis/redis-client.js';
import { RedisConnection } from '../../src/platform/redis/redis-connection.js';
import { eventually } from '../support/eventually.js';
import { sharedRedisUrl } from '../support/redis-store.js';

/** Longer than Redis itself is kept waiting by other work of the machine. */
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

/** What a burst of callers, a large answer or a collection of garbage do to a process. */
function beBusy(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

describe('a process that is busy itself for longer than a command may take', () => {
  it('does not blame Redis for an answer it had no time to read', async () => {
    const reply = connection.run((client) => client.ping());
    await setImmediate();
    beBusy(3 * TIMEOUT_MS);

    expect(await reply.catch(String)).toBe('PONG');
    expect(errors).toEqual([]);
  });

  it('does not count Redis as away after a burst', async () => {
    const replies = Array.from({ length: 50 }, () => connection.run((client) => client.ping()));
    await setImmediate();
    beBusy(3 * TIMEOUT_MS);
    await Promise.allSettled(replies);

    expect(errors).toEqual([]);
    expect(connection.isUp).toBe(true);
  });

  it('does not blame Redis for a command it had no time to send', async () => {
    const reply = connection.run((client) => client.ping());
    beBusy(3 * TIMEOUT_MS);

    expect(await reply.catch(String)).toBe('PONG');
  });
});
