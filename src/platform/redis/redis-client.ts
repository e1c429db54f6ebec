import { Redis, type Cluster, type ClusterNode, type RedisOptions } from 'ioredis';
import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import type { RedisConfig } from '../../config/sections/redis.js';
import { ClusterClient } from './cluster-client.js';
import type { ReconnectDelay } from './reconnect-delay.js';

export type RedisClient = Redis | Cluster;

/** The longest wait for the topology from one node, in milliseconds. */
const TOPOLOGY_TIMEOUT_MS = 1000;
/** How often the topology is read while nothing fails, in milliseconds. */
const TOPOLOGY_EVERY_MS = 15_000;

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
  // `RedisWatch` has its own check, which tells why a server is not ready.
  enableReadyCheck: false,
  disableClientInfo: true,
};

/** Creates a standalone client for one URL, and a cluster client for several. */
export function createRedisClient(config: RedisConfig, reconnects: ReconnectDelay): RedisClient {
  const [first, ...others] = config.urls.map((url) => new URL(url));
  if (first === undefined) throw new RangeError('a Redis client needs at least one URL');
  if (others.length > 0) return createClusterClient(config, reconnects);
  const database = Number(first.pathname.slice(1) || 0);
  return new Redis({
    ...optionsFor(first),
    ...addressOf(first),
    db: database,
    retryStrategy: () => reconnects.nextMs(),
  });
}

/** Creates a client for a cluster of which the URLs name one or more nodes. */
export function createClusterClient(config: RedisConfig, reconnects: ReconnectDelay): Cluster {
  const urls = config.urls.map((url) => new URL(url));
  const [first] = urls;
  if (first === undefined) throw new RangeError('a Redis client needs at least one URL');
  const nodes: ClusterNode[] = urls.map(addressOf);
  return new ClusterClient(nodes, {
    redisOptions: { ...optionsFor(first), ...clusterTls(urls) },
    lazyConnect: true,
    enableOfflineQueue: false,
    // With this check, the client would not connect to a cluster that is down, and commands would
    // fail without the cause.
    enableReadyCheck: false,
    clusterRetryStrategy: () => reconnects.nextMs(),
    slotsRefreshTimeout: TOPOLOGY_TIMEOUT_MS,
    slotsRefreshInterval: TOPOLOGY_EVERY_MS,
    // 0 means that ioredis repeats no command that may have been sent.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // The name goes to the socket: TLS verifies the certificate by it.
    dnsLookup: (name, callback) => callback(null, name),
  });
}

/** Creates one more connection to the first URL. It does not reconnect. */
export function createSingleConnection(config: RedisConfig): Redis {
  const url = new URL(config.urls[0] ?? '');
  const database = Number(url.pathname.slice(1) || 0);
  return new Redis({ ...optionsFor(url), ...addressOf(url), db: database, retryStrategy: () => null });
}

/**
 * Creates a connection for messages only, to one of the servers: in a cluster every node forwards
 * every message. The connection does not reconnect automatically, because the subscriber must know
 * that it missed messages.
 *
 * @param address `host:port`
 */
export function createSubscriber(config: RedisConfig, address: string): Redis {
  const urls = config.urls.map((url) => new URL(url));
  const [first] = urls;
  if (first === undefined) throw new RangeError('a subscriber needs at least one URL');
  const colon = address.lastIndexOf(':');
  return new Redis({
    ...optionsFor(first),
    ...clusterTls(urls),
    host: address.slice(0, colon),
    port: Number(address.slice(colon + 1)),
    maxRetriesPerRequest: null,
    retryStrategy: () => null,
  });
}

/** The addresses of the URLs, as `host:port`. */
export function addressesOf(config: RedisConfig): string[] {
  return config.urls.map((text) => {
    const { host, port } = addressOf(new URL(text));
    return `${host}:${port}`;
  });
}

function addressOf(url: URL): { host: string; port: number } {
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 6379) };
}

function optionsFor(url: URL): RedisOptions {
  return { ...COMMON, ...credentialsOf(url), ...tlsOf(url) };
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

/**
 * A cluster may announce its nodes by IP address, and have certificates for its host name. Such a
 * certificate is accepted if it is valid for a host of `REDIS_URL`.
 */
function clusterTls(urls: readonly URL[]): RedisOptions {
  const [first] = urls;
  if (first?.protocol !== 'rediss:') return {};
  const hosts = urls.map((url) => addressOf(url).host).filter((host) => isIP(host) === 0);
  const check: ConnectionOptions['checkServerIdentity'] = (host, certificate) => {
    const error = checkServerIdentity(host, certificate);
    const isNamed = isIP(host) !== 0 && hosts.some((name) => checkServerIdentity(name, certificate) === undefined);
    return isNamed ? undefined : error;
  };
  return { tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, checkServerIdentity: check } };
}
