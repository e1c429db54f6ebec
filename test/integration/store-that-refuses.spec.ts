import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { openRedisStore } from '../support/redis-store.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import type { EntryRead, ReadRequest } from '../../src/cache/internal/entry-store.js';
import { StoreUnavailable } from '../../src/kernel/errors.js';
import { openObserver } from './parts/entries.js';
import type { Redis } from 'ioredis';

type Opened = Awaited<ReturnType<typeof openRedisStore>>;

let server: TestRedis;
let eyes: Redis;
let opened: Opened;
let tokens = 0;

beforeAll(async () => {
  server = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] });
  eyes = openObserver(server.url);
  opened = await openRedisStore([server.url]);
});
afterAll(async () => {
  opened.close();
  eyes.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await eyes.config('SET', 'maxmemory', '0');
  await eyes.replicaof('NO', 'ONE');
  await eventually(() => read('is it back?'));
});

const request = (): ReadRequest => ({ format: 'f', leaseToken: `t${(tokens += 1)}`, leaseMs: 1500, discard: false });
const read = (key: string): Promise<EntryRead> => opened.store.read(key, request());

async function keep(key: string, freshMs: number): Promise<void> {
  const { load } = await read(key);
  if (load.kind !== 'lease-granted') throw new Error(`no lease of ${key}: ${load.kind}`);
  await opened.store.write(load.lease, { text: key, format: 'f', freshMs, lifetimeMs: 60_000 });
}

/** A server that is full: it still answers reads, and refuses whatever needs memory. */
const full = (): Promise<unknown> => eyes.config('SET', 'maxmemory', '1');

/** One that has become the replica of another, as after a failover. */
const readOnly = (): Promise<unknown> => eyes.replicaof('127.0.0.1', 1);
const connections = async (): Promise<number> =>
  Number(/total_connections_received:(\d+)/.exec(await eyes.info('stats'))?.[1]);

describe('of entries that are read together from a store', () => {
  it.each([
    ['that is full', 'full', full],
    ['that is read-only', 'read-only', readOnly],
  ])('%s those that are fresh are had, whatever becomes of the ones that are missing', async (_what, name, become) => {
    const key = (of: string): string => `${name}:${of}`;
    await Promise.all(['a', 'b', 'c'].map((of) => keep(key(of), 50_000)));
    await become();

    const reads = await Promise.allSettled(['a', 'missing', 'b', 'other', 'c'].map((of) => read(key(of))));

    for (const [at, of] of ['a', 'b', 'c'].entries())
      expect(reads[2 * at]).toMatchObject({ status: 'fulfilled', value: { stored: { text: key(of) } } });
    for (const at of [1, 3])
      expect(reads[at]).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
  });

  it('that is read-only the missing ones have it dialled anew: another may have taken over its address', async () => {
    await readOnly();
    const before = await connections();

    await expect(read('read-only:absent')).rejects.toThrow(StoreUnavailable);

    await eventually(async () => expect(await connections()).toBeGreaterThan(before));
  });
});
