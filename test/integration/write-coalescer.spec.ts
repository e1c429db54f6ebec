import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { RedisConnection } from '../../src/platform/redis/redis-connection.js';
import type { Redis as RegionRedis } from '../../src/platform/redis/redis.js';
import { createRedis } from '../support/create-redis.js';
import { eventually } from '../support/eventually.js';
import { sharedRedisUrl } from '../support/redis-store.js';

const MANY = 200;

let wire: Server;
let redis: RegionRedis;
let connection: RedisConnection;
/** The received chunks, in the order of arrival. */
const chunks: string[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  const { hostname, port } = new URL(sharedRedisUrl());
  wire = createServer((socket) => {
    const server = connect(Number(port), hostname);
    for (const end of [socket, server]) end.setNoDelay(true).on('error', () => undefined);
    socket.on('data', (bytes) => chunks.push(bytes.toString()));
    socket.pipe(server).pipe(socket);
    sockets.push(socket, server);
  });
  await once(wire.listen(0, '127.0.0.1'), 'listening');
  const url = `redis://127.0.0.1:${(wire.address() as AddressInfo).port}`;
  redis = createRedis([url], { timeoutMs: 10_000 });
  if (redis.connection === undefined) throw new Error('there is no Redis');
  connection = redis.connection;
  await untilUp();
});

afterEach(async () => {
  redis.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  wire.close();
  await once(wire, 'close');
});

const ask = (text: string): Promise<string> => connection.run((client) => client.echo(text), '');
const untilUp = () => eventually(async () => expect(await ask('up')).toBe('up'));
const chunksOf = (word: string): number => chunks.filter((chunk) => chunk.includes(word)).length;

it('commands of one event-loop tick are sent in one write, and each caller gets its own reply', async () => {
  const words = Array.from({ length: MANY }, (_, at) => `early-${at}`);
  expect(await Promise.all(words.map(ask))).toEqual(words);
  expect(chunksOf('early-')).toBe(1);
});

it('commands of one tick are sent in one write on a new connection after a loss', async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await untilUp();
  const words = Array.from({ length: MANY }, (_, at) => `late-${at}`);
  expect(await Promise.all(words.map(ask))).toEqual(words);
  expect(chunksOf('late-')).toBe(1);
});

it('a command is sent while an earlier reply is pending', async () => {
  const list = `waited-for:${randomUUID()}`;
  let isFinished = false;
  const slow = connection.run((client) => client.blpop(list, 9), list).finally(() => (isFinished = true));
  await new Promise((resolve) => setImmediate(resolve));
  const next = ask('concurrent');
  await eventually(() => expect(chunksOf('concurrent')).toBe(1));
  expect(isFinished).toBe(false);
  const other = new Redis(sharedRedisUrl());
  await other.lpush(list, 'at last');
  other.disconnect();
  expect(await Promise.all([slow, next])).toEqual([[list, 'at last'], 'concurrent']);
});
