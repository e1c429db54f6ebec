import { Redis } from 'ioredis';
import { ensureCommands } from './find-redis.js';
import { startRedis } from './redis-server.js';

const ANSWERS_WITHIN_MS = 15_000;

export interface SharedRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Returns the Redis that suites share: the server at REDIS_URL, or a new server. Suites that pause
 * or kill Redis start their own server, so the tests need the program in both cases. If REDIS_URL
 * is set, a missing program fails only those suites.
 */
export async function startSharedRedis(): Promise<SharedRedis> {
  const url = process.env.REDIS_URL ?? '';
  if (url === '') {
    ensureCommands(['redis-server', 'openssl']);
    return startRedis();
  }
  await mustAnswer(url);
  try {
    ensureCommands(['redis-server', 'openssl']);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
  }
  return { url, stop: () => Promise.resolve() };
}

async function mustAnswer(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: ANSWERS_WITHIN_MS,
    commandTimeout: ANSWERS_WITHIN_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw new Error('REDIS_URL is set, but no Redis answers there: start it, or unset REDIS_URL.', { cause: error });
  } finally {
    client.disconnect();
  }
}
