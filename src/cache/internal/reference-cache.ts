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
 * JSON string. Without it the store's own format (telejson) turns strings that look like functions
 * into functions. `clear` is not available: it would flush the database.
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
   * Answers from the cache, else from `make`, once at a time in this process. A cache that is away
   * is as good as empty.
   */
  wrap<T>(key: string, ttlMs: number, make: () => Promise<T>): Promise<T> {
    return this.cache.wrap(key, make, ttlMs);
  }
}

/**
 * The three commands that the store needs, each within the bound and the breaker of the connection.
 * It can call no other command.
 */
function storeOn(redis: RedisConnection): CacheManagerStore {
  const commands = {
    get: async (key: string) => serializedByKeyv(await redis.run((client) => client.get(key))),
    set: (key: string, value: string, _px: 'PX', ttlMs: number) =>
      redis.run((client) => client.set(key, value, 'PX', Math.ceil(ttlMs))),
    del: (key: string) => redis.run((client) => client.del(key)),
  };
  const store = redisInsStore(commands as unknown as RedisClient, { ttl: LONGEST_TTL_MS });
  return store as unknown as CacheManagerStore;
}

/**
 * The store's own format may turn text of another program into a function, and would run a function
 * called `then` at once. Therefore the store gets only a complete JSON string as Keyv's serializer
 * writes it.
 */
function serializedByKeyv(text: string | null): string | null {
  try {
    const inner: unknown = JSON.parse(text ?? 'null');
    return typeof inner === 'string' && inner.startsWith('{"value":') ? text : null;
  } catch {
    return null;
  }
}
