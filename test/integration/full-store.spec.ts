import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openRedisStore } from '../support/redis-store.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import type { EntryRead, ReadRequest } from '../../src/cache/entry-store.js';
import { StoreUnavailable } from '../../src/kernel/errors.js';
import { onlooker } from './parts/entries.js';
import type { Redis } from 'ioredis';

type Opened = Awaited<ReturnType<typeof openRedisStore>>;

let server: TestRedis;
let eyes: Redis;
let opened: Opened;
let tokens = 0;

beforeAll(async () => {
  server = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] });
  eyes = onlooker(server.url);
  opened = await openRedisStore([server.url]);
});
afterAll(async () => {
  opened.redis.close();
  eyes.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await eyes.config('SET', 'maxmemory', '0');
});

const request = (): ReadRequest => ({ format: 'f', leaseToken: `t${(tokens += 1)}`, leaseMs: 1500, discard: false });
const read = (key: string): Promise<EntryRead> => opened.store.read(key, request());

async function keep(key: string, freshMs: number): Promise<void> {
  const { load } = await read(key);
  if (load.kind !== 'yours') throw new Error(`no lease of ${key}: ${load.kind}`);
  await opened.store.keep(load.lease, { text: key, format: 'f', freshMs, lifeMs: 60_000 });
}

/** A server that is full: it still answers reads, and refuses whatever needs memory. */
const full = (): Promise<unknown> => eyes.config('SET', 'maxmemory', '1');

describe('of entries that are read together from a store that is full', () => {
  it('those that are fresh are had, whatever becomes of the ones that are missing', async () => {
    await Promise.all(['full:a', 'full:b', 'full:c'].map((key) => keep(key, 50_000)));
    await full();

    const [a, missing, b, other, c] = await Promise.allSettled(
      ['full:a', 'full:missing', 'full:b', 'full:other', 'full:c'].map(read),
    );

    for (const [name, had] of Object.entries({ 'full:a': a, 'full:b': b, 'full:c': c }))
      expect(had).toMatchObject({ status: 'fulfilled', value: { stored: { text: name } } });
    for (const refused of [missing, other])
      expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
  });
});
