import { Redis, type Cluster, type ClusterNode, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../../config/sections/redis.js';
import { ClusterClient } from './cluster-client.js';

export type RedisClient = Redis | Cluster;

/** Reconnects after 50 ms, 100 ms, … at most 500 ms, without end. */
const reconnectDelayMs = (attempt: number): number => Math.min(attempt * 50, 500);

/**
 * After a failover the old primary is read-only: the client must reconnect to find the new primary.
 */
export const reconnectOnError = (error: Error): boolean => error.message.startsWith('READONLY');

/**
 * The options of every client. The client queues no command while the server is unavailable, and
 * sends no command twice. A command that failed for its caller must not be executed later.
 */
const COMMON: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2000,
  // A connection that is closed ends soon, even if the server does not respond.
  disconnectTimeout: 200,
  keepAlive: 5000,
  retryStrategy: reconnectDelayMs,
  reconnectOnError,
};

/** Creates a standalone client for one URL, and a cluster client for several. */
export function createRedisClient(config: RedisConfig): RedisClient {
  const [first, ...others] = config.urls.map((url) => new URL(url));
  if (first === undefined) throw new RangeError('a Redis client needs at least one URL');
  const options: RedisOptions = { ...COMMON, ...credentialsOf(first), ...tlsOf(first) };
  if (others.length > 0) return clusterClient([first, ...others], options);
  return new Redis({ ...options, ...addressOf(first), db: Number(first.pathname.slice(1) || 0) });
}

/**
 * Creates a connection for messages only, to one of the servers: in a cluster every node forwards
 * every message. It does not reconnect automatically, because the subscriber must know that it
 * missed messages.
 *
 * @param attempt counts up; each attempt takes the next of the URLs
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
  return new ClusterClient(nodes, {
    redisOptions,
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: 1000,
    // 0 means that ioredis repeats no command that may have been sent.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
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

/**
 * Requires TLS 1.2 or later and a valid certificate, whatever Node options the environment sets.
 */
function tlsOf(url: URL): RedisOptions {
  return url.protocol === 'rediss:' ? { tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true } } : {};
}
