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
  for (const one of opened.splice(0).toReversed()) await one.stop();
});

async function keep<T extends { stop(): Promise<void> }>(opening: Promise<T>): Promise<T> {
  const one = await opening;
  opened.push(one);
  return one;
}

describe('a plain cache-aside service, before the same readers and writers', () => {
  it(
    'serves again what was invalidated, and is found out although nothing breaks',
    async () => {
      const crm = await keep(Crm.start());
      const redis = await keep(startRedis());
      const one = await keep(CacheAside.start('one', crm.url, redis.url));
      const other = await keep(CacheAside.start('other', crm.url, redis.url));
      // Kept last, and so stopped before what it asks, also where it never gets so far.
      const traffic = await keep(
        Promise.resolve(new Traffic({ crm, asked: [one, other], told: [one, other], readers: 40 })),
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
