import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { startRedis } from '../support/redis-server.js';
import { CacheAside } from './cache-aside.js';
import { check } from './check.js';
import { Crm } from './crm.js';
import { Traffic } from './traffic.js';

const WITHIN_MS = 240_000;
const CHECKED_READS = 3000;

const opened: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const resource of opened.splice(0).toReversed()) await resource.stop();
});

async function stopLater<T extends { stop(): Promise<void> }>(opening: Promise<T>): Promise<T> {
  const resource = await opening;
  opened.push(resource);
  return resource;
}

describe('the proof', () => {
  it(
    'finds stale reads of a plain cache-aside service without any fault',
    async () => {
      const crm = await stopLater(Crm.start());
      const redis = await stopLater(startRedis());
      const first = await stopLater(CacheAside.start('one', crm.url, redis.url));
      const second = await stopLater(CacheAside.start('other', crm.url, redis.url));
      // Opened last, so that the traffic stops before its services, also if the test fails early.
      const traffic = await stopLater(
        Promise.resolve(new Traffic({ crm, readFrom: [first, second], notified: [first, second], readers: 40 })),
      );
      const { chronicle } = traffic;
      await eventually(() => expect(chronicle.checkable).toBeGreaterThan(CHECKED_READS), { withinMs: WITHIN_MS / 2 });
      await traffic.stop();

      const { violations } = check({ writes: crm.writes, acks: chronicle.acks, reads: chronicle.reads });

      expect(violations.filter(({ kind }) => kind === 'stale').length).toBeGreaterThan(CHECKED_READS / 100);
      expect(violations.filter(({ kind }) => kind === 'unwritten')).toEqual([]);
    },
    WITHIN_MS,
  );
});
