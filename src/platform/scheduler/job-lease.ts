import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Redis } from '../redis/redis.js';

/**
 * Lets one process of the region run a job that all of them schedule.
 *
 * Guarantees: while Redis answers, at most one process acquires a key within its `leaseMs`.
 * Does not guarantee: that a run ends before its lease does. A job must be safe to run twice.
 *
 * If no Redis is configured, every process gets the lease. If Redis is away, no process gets it.
 */
@Injectable()
export class JobLease {
  private readonly process = randomUUID();

  constructor(private readonly redis: Redis) {}

  /**
   * @param key the Redis key of the lease
   * @param leaseMs how long other processes are refused, at least 1
   * @returns whether this process may run the job now
   * @throws {StoreUnavailable}
   */
  async acquire(key: string, leaseMs: number): Promise<boolean> {
    const { connection } = this.redis;
    if (connection === undefined) return true;
    const granted = await connection.run((client) => client.set(key, this.process, 'PX', leaseMs, 'NX'), key);
    return granted === 'OK';
  }
}
