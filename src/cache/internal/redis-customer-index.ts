import type { CustomerRef } from '../../contracts/customer.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import { redisScript } from '../../platform/redis/redis-script.js';
import {
  CustomerIndex,
  EVENT_RETENTION_MS,
  MAX_ENTRIES_PER_CUSTOMER,
  EPOCH_RETENTION_MS,
  TOMBSTONE_MS,
  type InvalidationStart,
  type EntryToIndex,
  type InvalidationEvent,
  type InvalidationEpoch,
} from './customer-index.js';

const INDEX_ENTRY = redisScript('indexEntry', 1, new URL('../scripts/index-entry.lua', import.meta.url));
const BEGIN_INVALIDATION = redisScript(
  'beginInvalidation',
  3,
  new URL('../scripts/begin-invalidation.lua', import.meta.url),
);

/**
 * How long a tenant's epoch lives, in milliseconds: longer than any epoch in an index, and than any
 * load.
 */
const TENANT_EPOCH_TTL_MS = 86_400_000;

/**
 * `{ 1, deleted entries }` or `{ 0, entry key, … }`, as described in the header of
 * `begin-invalidation.lua`.
 */
type BeginReply = readonly [duplicate: number, ...found: (string | number)[]];

/**
 * The index in Redis. All keys of a tenant share a hash tag, so that one script can order
 * invalidations and loads. Entries share no hash tag, so that they spread over a cluster.
 */
export class RedisCustomerIndex extends CustomerIndex {
  constructor(private readonly connection: RedisConnection) {
    super();
    for (const script of [INDEX_ENTRY, BEGIN_INVALIDATION]) connection.define(script);
  }

  async currentEpoch(tenant: string): Promise<InvalidationEpoch> {
    const key = epochKey(tenant);
    return (await this.connection.run((client) => client.get(key), key)) ?? '0';
  }

  async indexEntry({ customer, entryKey, epoch, lifetimeMs }: EntryToIndex): Promise<boolean> {
    return (
      (await this.connection.call(
        INDEX_ENTRY,
        [indexKey(customer)],
        [entryKey, epoch, lifetimeMs, MAX_ENTRIES_PER_CUSTOMER, EPOCH_RETENTION_MS],
      )) === 1
    );
  }

  async beginInvalidation({ customer, eventHash }: InvalidationEvent, critical: boolean): Promise<InvalidationStart> {
    const keys = [indexKey(customer), epochKey(customer.tenant), eventKey(customer, eventHash ?? '')];
    const tombstoneMs = critical ? TOMBSTONE_MS : 0;
    const args = [eventHash === undefined ? '' : '1', tombstoneMs, EPOCH_RETENTION_MS, TENANT_EPOCH_TTL_MS];
    const [duplicate, ...found] = (await this.connection.call(BEGIN_INVALIDATION, keys, args)) as BeginReply;
    return duplicate === 1
      ? { duplicate: true, invalidated: Number(found[0]) }
      : { duplicate: false, entries: found.map(String) };
  }

  async completeInvalidation({ customer, eventHash }: InvalidationEvent, invalidated: number): Promise<boolean> {
    if (eventHash === undefined) return true;
    const key = eventKey(customer, eventHash);
    const reply = await this.connection.run(
      (client) => client.set(key, invalidated, 'PX', EVENT_RETENTION_MS, 'NX'),
      key,
    );
    return reply === 'OK';
  }
}

function indexKey({ tenant, hash }: CustomerRef): string {
  return `cust-index:{${tenant}}:${hash}`;
}

function epochKey(tenant: string): string {
  return `cust-stamp:{${tenant}}`;
}

function eventKey({ tenant, hash }: CustomerRef, eventHash: string): string {
  return `cust-event:{${tenant}}:${hash}:${eventHash}`;
}
