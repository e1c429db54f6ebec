import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, createServer } from 'node:net';
import { listenPrivately } from '../support/private-port.js';
import { eventually } from '../support/eventually.js';
import { openRedisStore } from '../support/redis-store.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import type { EntryRead, ReadRequest } from '../../src/cache/internal/entry-store.js';
import { StoreUnavailable } from '../../src/kernel/errors.js';
import { openObserver } from './parts/entries.js';
import type { Redis } from 'ioredis';

type Opened = Awaited<ReturnType<typeof openRedisStore>>;

let server: TestRedis;
let observer: Redis;
let opened: Opened;
let tokens = 0;

beforeAll(async () => {
  server = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] });
  observer = openObserver(server.url);
  opened = await openRedisStore([server.url]);
});
afterAll(async () => {
  opened.close();
  observer.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await observer.config('SET', 'maxmemory', '0');
  await observer.replicaof('NO', 'ONE');
  await eventually(() => read('probe'));
});

const request = (): ReadRequest => ({
  ...{ format: 'f', leaseToken: `t${(tokens += 1)}`, leaseMs: 1500 },
  ...{ discard: false, withinMs: 10_000 },
});
const read = (key: string): Promise<EntryRead> => opened.store.read(key, request());

async function storeEntry(key: string, freshMs: number): Promise<void> {
  const { load } = await read(key);
  if (load.kind !== 'lease-granted') throw new Error(`no lease of ${key}: ${load.kind}`);
  await opened.store.write(load.lease, { text: key, format: 'f', freshMs, lifetimeMs: 60_000 });
}

/** Makes the server full: it answers reads, and refuses every command that needs memory. */
const full = (): Promise<unknown> => observer.config('SET', 'maxmemory', '1');

/** Makes the server a read-only replica, like after a failover. */
const readOnly = (): Promise<unknown> => observer.replicaof('127.0.0.1', 1);

describe('a batch of reads', () => {
  it.each([
    ['full', full],
    ['read-only', readOnly],
  ])(
    'a batch of reads from a %s Redis returns the fresh entries, and rejects the missing ones',
    async (name, makeUnwritable) => {
      const key = (id: string): string => `${name}:${id}`;
      await Promise.all(['a', 'b', 'c'].map((id) => storeEntry(key(id), 50_000)));
      await makeUnwritable();

      const reads = await Promise.allSettled(['a', 'missing', 'b', 'other', 'c'].map((id) => read(key(id))));

      for (const [at, id] of ['a', 'b', 'c'].entries())
        expect(reads[2 * at]).toMatchObject({ status: 'fulfilled', value: { stored: { text: key(id) } } });
      for (const at of [1, 3])
        expect(reads[at]).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
    },
  );

  it('refused writes to a read-only Redis keep the connection, through which other callers read', async () => {
    const ownId = (): Promise<unknown> =>
      opened.redis.connection?.run((client) => client.client('ID'), '') ?? Promise.reject(new Error());
    await readOnly();
    const before = await ownId();

    for (let at = 0; at < 50; at += 1) await expect(read(`read-only:absent:${at}`)).rejects.toThrow(StoreUnavailable);

    expect(await ownId()).toBe(before);
    expect(opened.redis.connection?.isUp).toBe(true);
  });

  it('after a failover behind the same address, writes reach the new primary', async () => {
    const other = await startRedis();
    let target = server.port;
    const gateway = createServer((socket) => {
      const upstream = connect(target, '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      for (const end of [socket, upstream]) end.on('error', () => undefined);
      socket.on('close', () => upstream.destroy());
    });
    const through = await openRedisStore([`redis://127.0.0.1:${await listenPrivately(gateway)}`]);
    try {
      await readOnly();
      target = other.port;

      await eventually(async () =>
        expect((await through.store.read('absent', request())).load.kind).toBe('lease-granted'),
      );
    } finally {
      through.close();
      gateway.close();
      await other.stop();
    }
  });
});
