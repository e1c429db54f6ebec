import { LRUCache } from 'lru-cache';
import type { WallClock } from '../../../kernel/clock.js';
import type { RedisConnection } from '../../../platform/redis/redis-connection.js';
import { redisScript } from '../../../platform/redis/redis-script.js';
import { MAX_OUTBOX_AGE_MS } from '../outbox.js';
import { OUTBOX_TENANTS_KEY, outboxKey } from './outbox-keys.js';

const CREATE_OUTBOX = redisScript('createOutbox', 1, new URL('../scripts/create-outbox.lua', import.meta.url));

/** How long a stream lives after its last record, in milliseconds: a day longer than a record. */
export const OUTBOX_TTL_MS = MAX_OUTBOX_AGE_MS + 86_400_000;
/** A tenant with events is registered again this often, in milliseconds. */
const REGISTER_EVERY_MS = 60_000;
/** `REGISTER_EVERY_MS` plus the largest difference between the clocks of two processes. */
const ACTIVE_FOR_MS = 180_000;
/** Tenants that this process remembers. Another tenant is registered with each of its events. */
const MAX_REMEMBERED = 10_000;
/**
 * The most tenants that the sender knows at a time. Other tenants follow when some of these are
 * idle.
 */
const MAX_LISTED = 10_000;

/**
 * The tenants that may have an outbox, in one key of the region's Redis.
 *
 * Guarantees: before the first record of a tenant is stored, the tenant is registered, and its
 * stream exists, possibly without a record. A tenant with events is registered again every minute.
 * So if the store loses one of these keys, the key is written again.
 *
 * Does not guarantee: that every tenant is found. If the key is lost and every process of the
 * region has ended, a tenant is found only after its next event. No process scans the key space.
 */
export class OutboxTenants {
  private readonly registered = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  constructor(
    private readonly connection: RedisConnection,
    private readonly wallClock: WallClock,
  ) {
    connection.define(CREATE_OUTBOX);
  }

  /** @throws {StoreUnavailable} if a tenant is registered for the first time */
  async register(tenant: string): Promise<void> {
    const nowMs = this.wallClock.nowMs();
    const lastMs = this.registered.get(tenant);
    if (lastMs !== undefined && Math.abs(nowMs - lastMs) < REGISTER_EVERY_MS) return;
    // Later events need not wait for this registration, if there was one before.
    if (lastMs !== undefined) this.registered.set(tenant, nowMs);
    const adding = Promise.all([this.add([tenant], nowMs), this.create(tenant)]);
    if (lastMs !== undefined) return void adding.catch(() => this.registered.set(tenant, lastMs));
    await adding;
    this.registered.set(tenant, nowMs);
  }

  /** Registers tenants again whose outboxes hold records. */
  async keep(tenants: readonly string[]): Promise<void> {
    if (tenants.length > 0) await this.add(tenants, this.wallClock.nowMs());
  }

  /** The tenants, latest registration first. Removes tenants whose streams have expired. */
  async list(): Promise<string[]> {
    const key = OUTBOX_TENANTS_KEY;
    const expiredMs = this.wallClock.nowMs() - OUTBOX_TTL_MS;
    await this.connection.run((client) => client.zremrangebyscore(key, '-inf', expiredMs), key);
    const latestFirst = await this.connection.run((client) => client.zrange(key, -MAX_LISTED, -1), key);
    return latestFirst.toReversed();
  }

  /**
   * The tenants that were registered in the last minutes. Every tenant with events is among them.
   */
  async listActive(): Promise<string[]> {
    const key = OUTBOX_TENANTS_KEY;
    const sinceMs = this.wallClock.nowMs() - ACTIVE_FOR_MS;
    return this.connection.run((client) => client.zrangebyscore(key, sinceMs, '+inf', 'LIMIT', 0, MAX_LISTED), key);
  }

  private async create(tenant: string): Promise<void> {
    await this.connection.call(CREATE_OUTBOX, [outboxKey(tenant)], [OUTBOX_TTL_MS]);
  }

  private async add(tenants: readonly string[], nowMs: number): Promise<void> {
    const key = OUTBOX_TENANTS_KEY;
    const members = tenants.flatMap((tenant) => [nowMs, tenant]);
    await this.connection.run((client) => client.zadd(key, ...members), key);
    await this.connection.run((client) => client.pexpire(key, OUTBOX_TTL_MS), key);
  }
}
