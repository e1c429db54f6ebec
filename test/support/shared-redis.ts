import { Redis } from 'ioredis';
import { ensureCommands } from './find-redis.js';
import { startRedis } from './redis-server.js';

const ANSWERS_WITHIN_MS = 15_000;

export interface SharedRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * The one Redis that suites share: the one REDIS_URL names, else one of our own. Suites that pause or kill Redis start their own,
 * so the program is wanted in both cases; where REDIS_URL is set, its absence is a failure of those suites only.
 */
export async function startSharedRedis(): Promise<SharedRedis> {
  const given = process.env.REDIS_URL ?? '';
  if (given === '') {
    ensureCommands(['redis-server', 'openssl']);
    return startRedis();
  }
  await mustAnswer(given);
  try {
    ensureCommands(['redis-server', 'openssl']);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
  }
  return { url: given, stop: () => Promise.resolve() };
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
