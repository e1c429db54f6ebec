import { Injectable } from '@nestjs/common';
import type { CustomerRef } from '../contracts/customer.js';
import { mapWithLimit } from '../kernel/map-with-limit.js';
import { Redis } from '../platform/redis/redis.js';
import { entriesIn, indexKey } from './internal/redis-customer-index.js';

const READS_AT_A_TIME = 8;

/**
 * Looks for entries that an invalidation must have deleted. The audit reads Redis past the cache,
 * so it finds entries that a fault of the cache would hide. Without Redis, the audit finds nothing.
 */
@Injectable()
export class EntryAudit {
  constructor(private readonly redis: Redis) {}

  /**
   * Whether a value of the customer is stored whose load began in this time, by the clock of Redis,
   * Unix milliseconds.
   *
   * @throws {StoreUnavailable}
   */
  async hasLoadedBetween(customer: CustomerRef, fromMs: number, toMs: number): Promise<boolean> {
    const { connection } = this.redis;
    if (connection === undefined) return false;
    const index = indexKey(customer);
    const keys = entriesIn(await connection.run((client) => client.hkeys(index), index));
    const floorMs = Math.max(fromMs, connection.history.floorMs);
    const found = await mapWithLimit(keys, READS_AT_A_TIME, async (key) => {
      const [value, began] = await connection.run((client) => client.hmget(key, 'v', 'a'), key);
      return value !== null && value !== undefined && Number(began) >= floorMs && Number(began) < toMs;
    });
    return found.includes(true);
  }
}
