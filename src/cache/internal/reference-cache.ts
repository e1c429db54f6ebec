import { Injectable } from '@nestjs/common';
import { createCache, KeyvAdapter, type Cache, type CacheManagerStore } from 'cache-manager';
import { redisInsStore } from 'cache-manager-ioredis-yet';
import type { Redis as RedisClient } from 'ioredis';
import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';
import { Redis } from '../../platform/redis/redis.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';

/** Prefix of every key, so that no key of this cache equals an entry key. */
const NAMESPACE = 'datadip-reference';
const LONGEST_TTL_MS = 3_600_000;
const MAX_IN_PROCESS = 1000;

/**
 * Caches values that need only get, set and a TTL: reference data, and complete answers of
 * read-only desktop routes. Data that an event may invalidate, and data about a caller, must not be
 * stored here.
 *
 * Keyv's default serializer must stay in front of the ioredis store, so that the store gets one
 * JSON string. Without this serializer, the store's own format (telejson) turns strings that look
 * like functions into functions. `clear` is not available, because `clear` would flush the
 * database.
 */
@Injectable()
export class ReferenceCache {
  private readonly cache: Cache;

  /** Without a Redis connection the cache lives in this process. */
  constructor({ connection }: Redis) {
    const store =
      connection === undefined
        ? new LRUCache<string, string>({ max: MAX_IN_PROCESS })
        : new KeyvAdapter(storeOn(connection));
    this.cache = createCache({
      ttl: LONGEST_TTL_MS,
      stores: [new Keyv({ store, namespace: NAMESPACE, ttl: LONGEST_TTL_MS })],
    });
  }

  /**
   * Returns the cached value, or else calls `make` and stores its result. In this process, `make`
   * runs at most once at a time per key. An unavailable cache counts as empty.
   */
  wrap<T>(key: string, ttlMs: number, make: () => Promise<T>): Promise<T> {
    return this.cache.wrap(key, make, ttlMs);
  }
}

/**
 * Gives the store only the three commands that it needs. Each command has the time bound and the
 * circuit breaker of the connection.
 */
function storeOn(redis: RedisConnection): CacheManagerStore {
  const commands = {
    get: async (key: string) => serializedByKeyv(await redis.run((client) => client.get(key), key)),
    set: (key: string, value: string, _px: 'PX', ttlMs: number) =>
      redis.run((client) => client.set(key, value, 'PX', Math.ceil(ttlMs)), key),
    del: (key: string) => redis.run((client) => client.del(key), key),
  };
  const store = redisInsStore(commands as unknown as RedisClient, { ttl: LONGEST_TTL_MS });
  return store as unknown as CacheManagerStore;
}

/**
 * The store's own format can turn text of another program into a function, and a function called
 * `then` would run at once. The store therefore gets only a complete JSON string that Keyv's
 * serializer has written.
 */
function serializedByKeyv(text: string | null): string | null {
  try {
    const inner: unknown = JSON.parse(text ?? 'null');
    return typeof inner === 'string' && inner.startsWith('{"value":') ? text : null;
  } catch {
    return null;
  }
}
