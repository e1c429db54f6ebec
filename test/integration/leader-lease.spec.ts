import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { LeaderLease } from '../../src/platform/scheduler/leader-lease.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { createRedis } from '../support/create-redis.js';
import { eventually } from '../support/eventually.js';
import { ManualClock } from '../support/manual-clock.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

/** Long enough for the lease of a leader that ended. */
const TAKEN_OVER = { withinMs: 20_000 };

describe('the lease of a leader', () => {
  let server: TestRedis;
  let redis: Redis;
  let key: string;
  const opened: LeaderLease[] = [];

  const connection = () => {
    if (redis.connection === undefined) throw new Error('no Redis is configured');
    return redis.connection;
  };
  const lease = (clock = new SystemClock()): LeaderLease => {
    const made = new LeaderLease(redis, key, clock);
    opened.push(made);
    return made;
  };
  const held = async (made: LeaderLease): Promise<void> => eventually(() => expect(made.isHeld).toBe(true), TAKEN_OVER);

  beforeAll(async () => {
    server = await startRedis();
    redis = createRedis([server.url], { timeoutMs: 1000 });
    await redis.connected();
  });
  beforeEach(() => {
    key = `test-leader:${randomUUID()}`;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((made) => made.close()));
  });
  afterAll(async () => {
    redis.close();
    await server.stop();
  });

  it('is held by one of three processes, under one key that expires', async () => {
    const three = [lease(), lease(), lease()];
    for (const made of three) made.open();
    await eventually(() => expect(three.filter(({ isHeld }) => isHeld)).toHaveLength(1));
    const ttl = await connection().run((client) => client.pttl(key), key);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(3000);
  });

  it('passes to another process as soon as its holder releases it', async () => {
    const [first, second] = [lease(), lease()];
    first.open();
    await held(first);
    second.open();
    await first.close();
    expect(first.isHeld).toBe(false);
    await held(second);
  });

  it('passes to another process if its holder no longer renews it', async () => {
    await connection().run((client) => client.set(key, 'a process that was killed', 'PX', 500), key);
    const next = lease();
    let gained = 0;
    next.onGained(() => (gained += 1));
    next.open();
    await held(next);
    expect(gained).toBe(1);
  });

  it('is not believed after a pause that is longer than the lease', async () => {
    const clock = new ManualClock();
    const paused = lease(clock);
    let gained = 0;
    paused.onGained(() => (gained += 1));
    paused.open();
    await held(paused);
    clock.advance(2950);
    expect(paused.isHeld).toBe(false);
    // The next renewal is granted: no other process took the lease.
    await held(paused);
    expect(gained).toBe(2);
  });

  it('is lost if another process has it after a pause', async () => {
    const paused = lease();
    paused.open();
    await held(paused);
    await connection().run((client) => client.set(key, 'another process', 'PX', 60_000), key);
    await eventually(() => expect(paused.isHeld).toBe(false));
    await paused.close();
    expect(await connection().run((client) => client.get(key), key)).toBe('another process');
  });

  it('is not held while Redis hangs, and held again afterwards', async () => {
    const made = lease();
    made.open();
    await held(made);
    await server.pause();
    try {
      await eventually(() => expect(made.isHeld).toBe(false), TAKEN_OVER);
    } finally {
      server.resume();
    }
    await held(made);
  });

  it('is always held without a Redis', async () => {
    const alone = new LeaderLease({ connection: undefined }, key, new SystemClock());
    expect(alone.isHeld).toBe(false);
    alone.open();
    expect(alone.isHeld).toBe(true);
    await alone.close();
    expect(alone.isHeld).toBe(false);
  });
});
