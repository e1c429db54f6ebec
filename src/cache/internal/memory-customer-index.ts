import { LRUCache } from 'lru-cache';
import type { CustomerRef } from '../../contracts/customer.js';
import type { Clock } from '../../kernel/clock.js';
import {
  CustomerIndex,
  EVENT_RETENTION_MS,
  MAX_ENTRIES_PER_CUSTOMER,
  TOMBSTONE_MS,
  type InvalidationStart,
  type EntryToIndex,
  type InvalidationEvent,
  type InvalidationEpoch,
} from './customer-index.js';

interface IndexedCustomer {
  /** When each entry expires, by entry key. */
  readonly entries: Map<string, number>;
  lastEpoch: number;
  tombstoneUntilMs: number;
}

interface ProcessedEvent {
  readonly invalidated: number;
  readonly untilMs: number;
}

/**
 * The index inside this process. The number of customers is bounded. If a customer's record is
 * evicted, its entries are deleted, and every load that began before the customer's last
 * invalidation is refused, for all customers.
 */
export class MemoryCustomerIndex extends CustomerIndex {
  private readonly customers: LRUCache<string, IndexedCustomer>;
  private readonly events: LRUCache<string, ProcessedEvent>;
  private epochs = 0;
  private evictedUpTo = 0;

  constructor(
    private readonly clock: Clock,
    maxCustomers: number,
    deleteEntry: (key: string) => void,
  ) {
    super();
    this.events = new LRUCache({ max: maxCustomers });
    this.customers = new LRUCache({
      max: maxCustomers,
      dispose: ({ entries, lastEpoch }, _key, reason) => {
        if (reason !== 'evict') return;
        this.evictedUpTo = Math.max(this.evictedUpTo, lastEpoch);
        for (const key of entries.keys()) deleteEntry(key);
      },
    });
  }

  currentEpoch(): Promise<InvalidationEpoch> {
    return Promise.resolve(String(this.epochs));
  }

  indexEntry({ customer, entryKey, epoch, lifetimeMs }: EntryToIndex): Promise<boolean> {
    const nowMs = this.clock.nowMs();
    const record = this.record(customer);
    if (Math.max(record.lastEpoch, this.evictedUpTo) > Number(epoch)) return Promise.resolve(false);
    if (nowMs < record.tombstoneUntilMs) return Promise.resolve(false);
    for (const [key, expiresAtMs] of record.entries) if (expiresAtMs <= nowMs) record.entries.delete(key);
    if (record.entries.size >= MAX_ENTRIES_PER_CUSTOMER && !record.entries.has(entryKey)) return Promise.resolve(false);
    record.entries.set(entryKey, nowMs + lifetimeMs);
    return Promise.resolve(true);
  }

  beginInvalidation({ customer, eventHash }: InvalidationEvent, critical: boolean): Promise<InvalidationStart> {
    const nowMs = this.clock.nowMs();
    const processed = eventHash === undefined ? undefined : this.events.get(eventId(customer, eventHash));
    if (processed !== undefined && nowMs < processed.untilMs) {
      return Promise.resolve({ duplicate: true, invalidated: processed.invalidated });
    }
    const record = this.record(customer);
    this.epochs += 1;
    record.lastEpoch = this.epochs;
    if (critical) record.tombstoneUntilMs = nowMs + TOMBSTONE_MS;
    return Promise.resolve({ duplicate: false, entries: [...record.entries.keys()] });
  }

  completeInvalidation({ customer, eventHash }: InvalidationEvent, invalidated: number): Promise<boolean> {
    if (eventHash === undefined) return Promise.resolve(true);
    const id = eventId(customer, eventHash);
    const nowMs = this.clock.nowMs();
    const processed = this.events.get(id);
    if (processed !== undefined && nowMs < processed.untilMs) return Promise.resolve(false);
    this.events.set(id, { invalidated, untilMs: nowMs + EVENT_RETENTION_MS });
    return Promise.resolve(true);
  }

  private record({ tenant, hash }: CustomerRef): IndexedCustomer {
    const id = `${tenant}:${hash}`;
    const existing = this.customers.get(id);
    if (existing !== undefined) return existing;
    const record = { entries: new Map<string, number>(), lastEpoch: 0, tombstoneUntilMs: 0 };
    this.customers.set(id, record);
    return record;
  }
}

function eventId({ tenant, hash }: CustomerRef, eventHash: string): string {
  return `${tenant}:${hash}:${eventHash}`;
}
