import { describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { SystemClock } from '../../src/kernel/clock.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { RedisRateLimiter } from '../../src/origins/admission/internal/redis-rate-limiter.js';
import { eventually } from '../support/eventually.js';
import { createRedis } from '../support/create-redis.js';
import { startRedis } from '../support/redis-server.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { rateLimiterContract } from './rate-limiter.contract.js';

/** A Redis that answers never needs this long, however busy the machine is. */
const TIMEOUT_MS = 1000;
/** The interval after a burst of ten calls. */
const EVERY_MS = 61_000 / 41;

interface OpenLimiter {
  readonly rateLimiter: RedisRateLimiter;
  readonly redis: Redis;
}

async function openLimiter(url: string, region = 'test', timeoutMs = TIMEOUT_MS): Promise<OpenLimiter> {
  const clock = new SystemClock();
  const redis = createRedis([url], { timeoutMs, clock });
  if (redis.connection === undefined) throw new Error('no Redis is configured');
  const rateLimiter = new RedisRateLimiter(redis.connection, region, clock);
  const close = rateLimiter.close.bind(rateLimiter);
  rateLimiter.close = () => {
    close();
    redis.close();
  };
  await redis.connected();
  return { rateLimiter, redis };
}

rateLimiterContract('the rate limiter in Redis', async () => (await openLimiter(sharedRedisUrl())).rateLimiter);

describe('the rate limiter in Redis, of several processes', () => {
  const request = { account: 'crm', maxPerSecond: 0.1, maxPerMinute: undefined, share: 1, maxWaitMs: 0 };

  it('shares limits and pauses among the processes of a region', async () => {
    const region = `region-${Date.now()}`;
    const here = await openLimiter(sharedRedisUrl(), region);
    const there = await openLimiter(sharedRedisUrl(), region);
    expect(await here.rateLimiter.acquire(request)).toMatchObject({ kind: 'acquired' });
    expect(await there.rateLimiter.acquire(request)).toEqual({ kind: 'rate' });
    await here.rateLimiter.pause('erp', 60_000);
    expect(await there.rateLimiter.acquire({ ...request, account: 'erp' })).toEqual({ kind: 'paused' });
    expect(there.rateLimiter.isPaused('erp')).toBe(true);
    here.rateLimiter.close();
    there.rateLimiter.close();
  });

  describe('of an account without limits', () => {
    const unlimited = { ...request, maxPerSecond: undefined };
    /** Shows the last pause to the limiter, as a read of an entry does. */
    const seeLastPause = async (redis: Redis): Promise<void> => {
      const { connection } = redis;
      for (const seen of connection?.seenTexts ?? [])
        seen.saw((await connection?.run((client) => client.get(seen.key), seen.key)) ?? '0');
    };
    const calls = ({ connection }: Redis) => {
      if (connection === undefined) throw new Error('no Redis is configured');
      return jest.spyOn(connection, 'call');
    };

    it('asks Redis once for several calls, while reads show that the region has not paused', async () => {
      const { rateLimiter, redis } = await openLimiter(sharedRedisUrl(), `region-${randomUUID()}`);
      const asked = calls(redis);
      await eventually(async () => {
        asked.mockClear();
        for (let call = 0; call < 3; call++) {
          await seeLastPause(redis);
          expect(await rateLimiter.acquire(unlimited)).toEqual({ kind: 'acquired', afterMs: 0 });
        }
        expect(asked.mock.calls.length).toBeLessThanOrEqual(1);
      });
      rateLimiter.close();
    });

    it('asks Redis for each call if no read has shown the last pause', async () => {
      const { rateLimiter, redis } = await openLimiter(sharedRedisUrl(), `region-${randomUUID()}`);
      const asked = calls(redis);
      for (let call = 0; call < 3; call++) await rateLimiter.acquire(unlimited);
      expect(asked).toHaveBeenCalledTimes(3);
      rateLimiter.close();
    });

    it('refuses the call whose read came after a pause of another process', async () => {
      const region = `region-${randomUUID()}`;
      const here = await openLimiter(sharedRedisUrl(), region);
      const there = await openLimiter(sharedRedisUrl(), region);
      for (let pause = 0; pause < 3; pause++) {
        const account = `crm-${pause}`;
        await seeLastPause(there.redis);
        expect(await there.rateLimiter.acquire({ ...unlimited, account })).toMatchObject({ kind: 'acquired' });
        await here.rateLimiter.pause(account, 60_000);
        await seeLastPause(there.redis);
        expect(await there.rateLimiter.acquire({ ...unlimited, account })).toEqual({ kind: 'paused' });
      }
      here.rateLimiter.close();
      there.rateLimiter.close();
    });

    it('admits calls of an account while another account is paused', async () => {
      const { rateLimiter, redis } = await openLimiter(sharedRedisUrl(), `region-${randomUUID()}`);
      await rateLimiter.pause('erp', 60_000);
      await seeLastPause(redis);
      expect(await rateLimiter.acquire(unlimited)).toMatchObject({ kind: 'acquired' });
      rateLimiter.close();
    });
  });

  it('admits no burst when Redis is back, because Redis did not count the calls made without it', async () => {
    const server = await startRedis();
    const here = await openLimiter(server.url, 'test');
    const there = await openLimiter(server.url, 'test');
    const minute = { ...request, maxPerSecond: undefined, maxPerMinute: 20 };
    expect(await here.rateLimiter.acquire(minute)).toMatchObject({ kind: 'acquired' });
    await server.pause();
    expect(await here.rateLimiter.acquire({ ...minute, maxWaitMs: 5000 })).toMatchObject({ kind: 'acquired' });
    server.resume();
    for (const { redis } of [here, there])
      await eventually(
        () => redis.connection?.run((client) => client.ping(), '') ?? Promise.reject(new Error('no Redis')),
      );
    expect(await here.rateLimiter.acquire(minute)).toEqual({ kind: 'rate' });
    expect(await there.rateLimiter.acquire(minute)).toEqual({ kind: 'rate' });
    const next = await there.rateLimiter.acquire({ ...minute, maxWaitMs: 20_000 });
    expect(next.kind === 'acquired' && next.afterMs).toBeGreaterThan(0);
    here.rateLimiter.close();
    there.rateLimiter.close();
    await server.stop();
  });

  it('admits the burst minus the calls that were made before Redis was first reached', async () => {
    const server = await startRedis();
    await server.pause();
    const clock = new SystemClock();
    const redis = createRedis([server.url], { timeoutMs: TIMEOUT_MS, clock });
    if (redis.connection === undefined) throw new Error('no Redis is configured');
    const rateLimiter = new RedisRateLimiter(redis.connection, 'test', clock);
    const minute = { ...request, maxPerSecond: undefined, maxPerMinute: 50 };
    const startMs = performance.now();
    expect(await rateLimiter.acquire({ ...minute, maxWaitMs: 5000 })).toMatchObject({ kind: 'acquired' });
    server.resume();
    await redis.connected();
    const kinds = [];
    for (let call = 0; call < 12; call++) kinds.push((await rateLimiter.acquire(minute)).kind);
    const intervals = Math.floor((performance.now() - startMs) / EVERY_MS);
    // Of the burst of ten, only the last call is available again within about a second.
    // Redis may have counted one more call late.
    expect(kinds.filter((kind) => kind === 'acquired').length).toBeGreaterThanOrEqual(7);
    expect(kinds.filter((kind) => kind === 'acquired').length).toBeLessThan(10 + intervals);
    rateLimiter.close();
    redis.close();
    await server.stop();
  });

  it('admits no burst when Redis stops answering, because other processes may have used it', async () => {
    const server = await startRedis();
    const { rateLimiter } = await openLimiter(server.url, 'test');
    const minute = { ...request, maxPerSecond: undefined, maxPerMinute: 20 };
    expect(await rateLimiter.acquire(minute)).toEqual({ kind: 'acquired', afterMs: 0 });
    await server.pause();
    const next = await rateLimiter.acquire({ ...minute, maxWaitMs: 5000 });
    expect(next.kind === 'acquired' && next.afterMs).toBeGreaterThan(500);
    expect(await rateLimiter.acquire({ ...minute, maxWaitMs: 500 })).toEqual({ kind: 'rate' });
    server.resume();
    rateLimiter.close();
    await server.stop();
  });

  it('divides the limits by the last known number of processes while Redis does not answer', async () => {
    const server = await startRedis();
    const limiters = [await openLimiter(server.url, 'test'), await openLimiter(server.url, 'test')];
    for (const { rateLimiter } of limiters) await rateLimiter.countProcesses();
    expect(await limiters[0]?.rateLimiter.countProcesses()).toBe(2);
    await server.pause();
    for (const { rateLimiter } of limiters) {
      expect(await rateLimiter.acquire(request)).toMatchObject({ kind: 'acquired' });
      const next = await rateLimiter.acquire({ ...request, maxWaitMs: 60_000 });
      // With one process it would be ten seconds.
      expect(next.kind === 'acquired' && next.afterMs).toBeGreaterThan(10_100);
      expect(await rateLimiter.countProcesses()).toBe(2);
    }
    server.resume();
    for (const { rateLimiter } of limiters) rateLimiter.close();
    await server.stop();
  });
});
