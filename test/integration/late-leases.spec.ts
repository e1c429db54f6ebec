import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import type { Redis } from 'ioredis';
import type { Lease } from '../../src/cache/internal/entry-store.js';
import { LEASE_MS, MAX_LEASE_MS } from '../../src/cache/internal/lease-renewer.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { hearingAlone } from '../support/hearing.js';
import { openRedisStore } from '../support/redis-store.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { openObserver } from './parts/entries.js';

let server: TestRedis;
let observer: Redis;
let opened: Awaited<ReturnType<typeof openRedisStore>>;
let delayMs = 0;

beforeAll(async () => {
  server = await startRedis();
  observer = openObserver(server.url);
  opened = await openRedisStore([server.url], 1000, hearingAlone(new SystemClock()), { presentMs: () => delayMs });
});
afterAll(async () => {
  opened.close();
  observer.disconnect();
  await server.stop();
});

async function leaseOf(key: string): Promise<Lease> {
  const lease = { leaseToken: `token of ${key}`, leaseMs: LEASE_MS };
  const { load } = await opened.store.read(key, { ...lease, format: 'f', discard: false, withinMs: 10_000 });
  if (load.kind !== 'lease-granted') throw new Error(`no lease of ${key}: ${load.kind}`);
  return load.lease;
}

/** The end of the lease, Unix milliseconds. */
const endOf = async (key: string): Promise<number> => Number(await observer.hget(key, 'u'));

describe('the lease of a process whose event loop is late', () => {
  it.each([
    [0, LEASE_MS],
    [400, LEASE_MS + 1200],
    [60_000, MAX_LEASE_MS],
  ])('with a delay of %d ms, a lease lasts for %d ms', async (lateMs, expectedMs) => {
    delayMs = lateMs;
    const key = `granted:${lateMs}`;
    const { beganMs } = await leaseOf(key);
    expect(await endOf(key)).toBe(beganMs + expectedMs);
  });

  it('a renewal lasts longer, too', async () => {
    delayMs = 0;
    const lease = await leaseOf('renewed');
    delayMs = 400;
    expect(await opened.store.renew(lease, LEASE_MS)).toBe(true);
    expect(await endOf('renewed')).toBeGreaterThanOrEqual(lease.beganMs + LEASE_MS + 1200);
  });

  it('a renewal reaches Redis before the end of the tick', async () => {
    delayMs = 0;
    const lease = await leaseOf('urgent');
    const { port } = new URL(server.url);
    const renewed = opened.store.renew(lease, 100_000);
    opened.store.sendNow();
    // The event loop of this process does not turn in between.
    const end = execFileSync('redis-cli', ['-p', port, 'HGET', 'urgent', 'u'], { encoding: 'utf8' });
    expect(Number(end)).toBeGreaterThanOrEqual(lease.beganMs + 100_000);
    await renewed;
  });
});
