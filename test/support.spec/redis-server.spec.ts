import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { startRedis, startRedisCluster, type TestRedis } from '../support/redis-server.js';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function redis(...options: Parameters<typeof startRedis>): Promise<TestRedis> {
  const server = await startRedis(...options);
  closers.push(() => server.stop());
  return server;
}

function client(url: string, options: RedisOptions = {}): Redis {
  const made = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null, ...options });
  made.on('error', () => undefined);
  closers.push(() => made.disconnect());
  return made;
}

describe('a Redis server of a test', () => {
  it('starts empty and with the given arguments', async () => {
    const server = await redis({ args: ['--maxmemory', '12mb'] });
    const connection = client(server.url);

    expect(await connection.dbsize()).toBe(0);
    expect(await connection.config('GET', 'maxmemory')).toEqual(['maxmemory', `${12 * 1024 * 1024}`]);
    expect(await connection.config('GET', 'appendonly')).toEqual(['appendonly', 'no']);
  });

  it('rejects with the log of a server that cannot start', async () => {
    await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow(/no-such-option/);
  });

  it('accepts commands without an answer while paused, and answers them after a resume', async () => {
    const server = await redis();
    const early = client(server.url);
    await early.ping();
    await server.pause();

    await expect(client(server.url, { commandTimeout: 100 }).ping()).rejects.toThrow('timed out');
    const reply = early.set('k', 'v');
    server.resume();
    expect(await reply).toBe('OK');
  });

  it('restarts empty at the same port after a kill', async () => {
    const server = await redis();
    const connection = client(server.url);
    await connection.set('k', 'v');
    await server.kill();
    await expect(client(server.url, { retryStrategy: () => null }).ping()).rejects.toThrow();
    await server.restart();

    expect(await connection.get('k')).toBeNull();
  });

  it('stops while it is paused', async () => {
    const server = await startRedis();
    await server.pause();
    await server.stop();

    await expect(client(server.url, { retryStrategy: () => null }).ping()).rejects.toThrow();
  });

  it('accepts TLS connections only from clients that trust its authority', async () => {
    const server = await redis({ tls: true });
    const ca = readFileSync(server.caFile ?? '');

    expect(server.url).toMatch(/^rediss:/);
    expect(await client(server.url, { tls: { ca } }).ping()).toBe('PONG');
    await expect(client(server.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 }).ping()).rejects.toThrow();
  });
});

describe('a Redis Cluster of a test', () => {
  it('distributes keys over three masters that all accept writes', async () => {
    const servers = await startRedisCluster();
    closers.push(() => servers.stop());
    const cluster = new Cluster(servers.urls);
    closers.push(() => cluster.disconnect());

    const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
    for (const key of keys) await cluster.set(key, 'v');
    const sizes = await Promise.all(servers.urls.map((url) => client(url).dbsize()));
    expect(sizes.filter((size) => size > 0)).toHaveLength(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(30);
  });
});
