import { Cluster, Redis, type ClusterNode, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../../config/config.js';

export type RedisClient = Redis | Cluster;

/** Reconnects quickly and for ever: 50 ms, 100 ms, … at most half a second apart. */
const reconnectDelayMs = (attempt: number): number => Math.min(attempt * 50, 500);

/** Replies that mean "not by me, not now": after a failover the old primary is read-only until we connect anew. */
const reconnectOnError = (error: Error): boolean => error.message.startsWith('READONLY');

/**
 * ioredis as this house needs it. Nothing is queued while the server is away and nothing is sent twice: a command that failed for its
 * caller must not be replayed later, behind the caller's back.
 */
const COMMON: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2000,
  // A connection that was given up is gone soon, also where the other side no longer speaks.
  disconnectTimeout: 200,
  keepAlive: 5000,
  retryStrategy: reconnectDelayMs,
  reconnectOnError,
};

/** One URL makes a standalone client, several make a cluster client. */
export function createRedisClient(config: RedisConfig): RedisClient {
  const [first, ...others] = config.urls.map((url) => new URL(url));
  if (first === undefined) throw new RangeError('a Redis client needs at least one URL');
  const options: RedisOptions = { ...COMMON, ...credentialsOf(first), ...tlsOf(first) };
  if (others.length > 0) return clusterClient([first, ...others], options);
  return new Redis({ ...options, ...addressOf(first), db: Number(first.pathname.slice(1) || 0) });
}

/**
 * A connection for messages alone, to one of the servers: in a cluster every node passes every message on. It does not reconnect by
 * itself, because whoever listens must know that messages were missed.
 *
 * @param attempt counts up; each goes to the next of the URLs
 */
export function createSubscriber(config: RedisConfig, attempt: number): Redis {
  const url = new URL(config.urls[attempt % config.urls.length] ?? '');
  return new Redis({
    ...COMMON,
    ...credentialsOf(url),
    ...tlsOf(url),
    ...addressOf(url),
    maxRetriesPerRequest: null,
    retryStrategy: () => null,
  });
}

function clusterClient(urls: readonly URL[], redisOptions: RedisOptions): Cluster {
  const nodes: ClusterNode[] = urls.map(addressOf);
  return new Cluster(nodes, {
    redisOptions,
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: 2000,
  });
}

function addressOf(url: URL): { host: string; port: number } {
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 6379) };
}

function credentialsOf(url: URL): RedisOptions {
  return {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  };
}

/** TLS 1.2 at least, and certificates are checked, whatever switches of Node's the environment has set. */
function tlsOf(url: URL): RedisOptions {
  return url.protocol === 'rediss:' ? { tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true } } : {};
}
