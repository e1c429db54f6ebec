import { Injectable } from '@nestjs/common';
import { createCache, KeyvAdapter, type Cache, type CacheManagerStore } from 'cache-manager';
import { redisInsStore } from 'cache-manager-ioredis-yet';
import type { Redis as RedisClient } from 'ioredis';
import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';
import { Redis } from '../../platform/redis/redis.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';

/** Stands before every key, after which none of ours can be taken for an entry of the read path. */
const NAMESPACE = 'datadip-reference';
const LONGEST_TTL_MS = 3_600_000;
const MAX_IN_PROCESS = 1000;

/**
 * A cache for what only needs get, set and a TTL: reference data, and whole answers of read-only desktop routes. Nothing that an event
 * may invalidate, and nothing an origin said of a caller, belongs here.
 *
 * Keyv's default serialiser must stay in front of the ioredis store: behind it the store sees one JSON string, while without it the
 * store's own format (telejson) revives strings that look like functions. `clear` is not available: it would flush the database.
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

  /** Answers from the cache, else from `make`, once at a time in this process. A cache that is away is as good as empty. */
  wrap<T>(key: string, ttlMs: number, make: () => Promise<T>): Promise<T> {
    return this.cache.wrap(key, make, ttlMs);
  }
}

/** The three commands the store needs, each within the connection's bound and breaker. Every other one is not there to be called. */
function storeOn(redis: RedisConnection): CacheManagerStore {
  const commands = {
    get: async (key: string) => ours(await redis.run((client) => client.get(key))),
    set: (key: string, value: string, _px: 'PX', ttlMs: number) =>
      redis.run((client) => client.set(key, value, 'PX', Math.ceil(ttlMs))),
    del: (key: string) => redis.run((client) => client.del(key)),
  };
  const store = redisInsStore(commands as unknown as RedisClient, { ttl: LONGEST_TTL_MS });
  return store as unknown as CacheManagerStore;
}

/**
 * What the store's own format makes of a text nobody here wrote may be a function, and one called `then` would be run at once. So only
 * one whole JSON string, as Keyv's serialiser in front of it makes them, ever gets to it.
 */
function ours(text: string | null): string | null {
  try {
    const inner: unknown = JSON.parse(text ?? 'null');
    return typeof inner === 'string' && inner.startsWith('{"value":') ? text : null;
  } catch {
    return null;
  }
}
