import type { RedisConnection } from '../../../platform/redis/redis-connection.js';
import { outboxKey } from './outbox-keys.js';
import { storedRecords, type StoredRecord } from './outbox-record.js';

/** Ids that one XDEL takes. */
const IDS_PER_COMMAND = 500;

/** Reads and deletes the records of outboxes. Every method may reject with `StoreUnavailable`. */
export class OutboxReader {
  constructor(private readonly connection: RedisConnection) {}

  /** The oldest records of a tenant. */
  async head(tenant: string, count: number): Promise<StoredRecord[]> {
    const key = outboxKey(tenant);
    return storedRecords(await this.connection.run((client) => client.xrange(key, '-', '+', 'COUNT', count), key));
  }

  /** The records of a tenant that were stored before a moment of Redis's clock. */
  async before(tenant: string, atMs: number, count: number): Promise<StoredRecord[]> {
    const key = outboxKey(tenant);
    const end = `(${Math.max(1, Math.trunc(atMs))}-0`;
    return storedRecords(await this.connection.run((client) => client.xrange(key, '-', end, 'COUNT', count), key));
  }

  size(tenant: string): Promise<number> {
    const key = outboxKey(tenant);
    return this.connection.run((client) => client.xlen(key), key);
  }

  async delete(tenant: string, ids: readonly string[]): Promise<void> {
    const key = outboxKey(tenant);
    for (let from = 0; from < ids.length; from += IDS_PER_COMMAND) {
      const some = ids.slice(from, from + IDS_PER_COMMAND);
      await this.connection.run((client) => client.xdel(key, ...some), key);
    }
  }
}
