import type { RecordToAppend } from '../../log/event-log.js';
import { sizeOf, type StoredRecord } from './outbox-record.js';

/** The most records that the log takes at once. */
const MAX_BATCH_RECORDS = 500;
/** The most text that the log takes at once, in bytes: 256 KiB. */
const MAX_BATCH_BYTES = 262_144;
/** The least share of each tenant in a batch: some records. */
const MIN_SHARE_RECORDS = 50;
const MIN_SHARE_BYTES = 65_536;

/** The part of a batch that one tenant may fill. */
export interface Share {
  readonly records: number;
  readonly bytes: number;
}

/**
 * Divides a batch among the waiting tenants, so that one full outbox does not fill the whole batch.
 */
export function shareOf(waitingTenants: number): Share {
  const tenants = Math.max(1, waitingTenants);
  return {
    records: Math.max(MIN_SHARE_RECORDS, Math.floor(MAX_BATCH_RECORDS / tenants)),
    bytes: Math.max(MIN_SHARE_BYTES, Math.floor(MAX_BATCH_BYTES / tenants)),
  };
}

/** Records of several tenants that go to the log together. */
export class OutboxBatch {
  readonly records: RecordToAppend[] = [];
  /** Ids to delete from the outbox of each tenant after the batch is sent, in their order. */
  readonly ids = new Map<string, string[]>();
  /** True if a record did not fit. */
  isFull = false;
  private bytes = 0;

  /**
   * Adds the first records of a tenant, as many as fit. A record that is larger than a batch is
   * sent alone. An entry that is not a record of Datadip is only deleted.
   */
  add(tenant: string, stored: readonly StoredRecord[], share: Share): void {
    let bytes = 0;
    const ids: string[] = [];
    for (const { id, record } of stored) {
      const size = record === undefined ? 0 : sizeOf(record);
      const isFirst = this.records.length === 0 && ids.length === 0;
      this.isFull = !isFirst && !this.hasRoomFor(size);
      if (this.isFull || (!isFirst && (ids.length >= share.records || bytes + size > share.bytes))) break;
      ids.push(id);
      bytes += size;
      this.bytes += size;
      if (record !== undefined) this.records.push(record);
    }
    if (ids.length > 0) this.ids.set(tenant, ids);
  }

  private hasRoomFor(size: number): boolean {
    return this.records.length < MAX_BATCH_RECORDS && this.bytes + size <= MAX_BATCH_BYTES;
  }
}
