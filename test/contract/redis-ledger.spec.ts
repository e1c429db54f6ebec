import { describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../src/kernel/clock.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { RedisRateLimiter } from '../../src/origins/admission/internal/redis-rate-limiter.js';
import { eventually } from '../support/eventually.js';
import { openedRedis } from '../support/opened-redis.js';
import { startRedis } from '../support/redis-server.js';
import { sharedRedisUrl } from '../support/redis-store.js';
import { regionLedgerContract } from './region-ledger.contract.js';

/** What a store that is there never needs, however busy the machine is. */
const TIMEOUT_MS = 1000;
/** Of ten at one moment, one in 61 / 41 s. */
const EVERY_MS = 61_000 / 41;

interface OpenLedger {
  readonly ledger: RedisRateLimiter;
  readonly redis: Redis;
}

async function openLedger(url: string, region = 'test', timeoutMs = TIMEOUT_MS): Promise<OpenLedger> {
  const clock = new SystemClock();
  const redis = openedRedis([url], { timeoutMs, clock });
  if (redis.connection === undefined) throw new Error('no Redis is configured');
  const ledger = new RedisRateLimiter(redis.connection, region, clock);
  const close = ledger.close.bind(ledger);
  ledger.close = () => {
    close();
    redis.close();
  };
  await redis.connected();
  return { ledger, redis };
}

regionLedgerContract('the ledger in Redis', async () => (await openLedger(sharedRedisUrl())).ledger);

describe('the ledger in Redis, of several processes', () => {
  const spending = { account: 'crm', maxPerSecond: 0.1, maxPerMinute: undefined, share: 1, waitMs: 0 };

  it('is one ledger', async () => {
    const region = `region-${Date.now()}`;
    const here = await openLedger(sharedRedisUrl(), region);
    const there = await openLedger(sharedRedisUrl(), region);
    expect(await here.ledger.acquire(spending)).toMatchObject({ kind: 'go' });
    expect(await there.ledger.acquire(spending)).toEqual({ kind: 'rate' });
    await here.ledger.pause('erp', 60_000);
    expect(await there.ledger.acquire({ ...spending, account: 'erp' })).toEqual({ kind: 'paused' });
    expect(there.ledger.isPaused('erp')).toBe(true);
    here.ledger.close();
    there.ledger.close();
  });

  it('begins without a burst when the store comes back: what was called meanwhile is not counted there', async () => {
    const server = await startRedis();
    const here = await openLedger(server.url, 'test');
    const there = await openLedger(server.url, 'test');
    const minute = { ...spending, maxPerSecond: undefined, maxPerMinute: 20 };
    expect(await here.ledger.acquire(minute)).toMatchObject({ kind: 'go' });
    await server.pause();
    expect(await here.ledger.acquire({ ...minute, waitMs: 5000 })).toMatchObject({ kind: 'go' });
    server.resume();
    for (const { redis } of [here, there])
      await eventually(() => redis.connection?.run((client) => client.ping()) ?? Promise.reject(new Error('no Redis')));
    expect(await here.ledger.acquire(minute)).toEqual({ kind: 'rate' });
    expect(await there.ledger.acquire(minute)).toEqual({ kind: 'rate' });
    const next = await there.ledger.acquire({ ...minute, waitMs: 20_000 });
    expect(next.kind === 'go' && next.afterMs).toBeGreaterThan(0);
    here.ledger.close();
    there.ledger.close();
    await server.stop();
  });

  it('has its burst but for the calls that were made before the store was first reached', async () => {
    const server = await startRedis();
    await server.pause();
    const clock = new SystemClock();
    const redis = openedRedis([server.url], { timeoutMs: TIMEOUT_MS, clock });
    if (redis.connection === undefined) throw new Error('no Redis is configured');
    const ledger = new RedisRateLimiter(redis.connection, 'test', clock);
    const minute = { ...spending, maxPerSecond: undefined, maxPerMinute: 50 };
    const startMs = performance.now();
    expect(await ledger.acquire({ ...minute, waitMs: 5000 })).toMatchObject({ kind: 'go' });
    server.resume();
    await redis.connected();
    const verdicts = [];
    for (let call = 0; call < 12; call++) verdicts.push((await ledger.acquire(minute)).kind);
    const turns = Math.floor((performance.now() - startMs) / EVERY_MS);
    // Of ten at one moment the last call alone has its turn in a second or so, and one more may have been counted late.
    expect(verdicts.filter((kind) => kind === 'go').length).toBeGreaterThanOrEqual(7);
    expect(verdicts.filter((kind) => kind === 'go').length).toBeLessThan(10 + turns);
    ledger.close();
    redis.close();
    await server.stop();
  });

  it('begins without a burst when the store goes away: the others may have had it', async () => {
    const server = await startRedis();
    const { ledger } = await openLedger(server.url, 'test');
    const minute = { ...spending, maxPerSecond: undefined, maxPerMinute: 20 };
    expect(await ledger.acquire(minute)).toEqual({ kind: 'go', afterMs: 0 });
    await server.pause();
    const next = await ledger.acquire({ ...minute, waitMs: 5000 });
    expect(next.kind === 'go' && next.afterMs).toBeGreaterThan(500);
    expect(await ledger.acquire({ ...minute, waitMs: 500 })).toEqual({ kind: 'rate' });
    server.resume();
    ledger.close();
    await server.stop();
  });

  it('keeps each to its share while the store is away, by the peers it last knew of', async () => {
    const server = await startRedis();
    const ledgers = [await openLedger(server.url, 'test'), await openLedger(server.url, 'test')];
    for (const { ledger } of ledgers) await ledger.countPeers();
    expect(await ledgers[0]?.ledger.countPeers()).toBe(2);
    await server.pause();
    for (const { ledger } of ledgers) {
      expect(await ledger.acquire(spending)).toMatchObject({ kind: 'go' });
      const next = await ledger.acquire({ ...spending, waitMs: 60_000 });
      // Alone it would be ten seconds.
      expect(next.kind === 'go' && next.afterMs).toBeGreaterThan(10_100);
      expect(await ledger.countPeers()).toBe(2);
    }
    server.resume();
    for (const { ledger } of ledgers) ledger.close();
    await server.stop();
  });
});
