import type { LRUCache } from 'lru-cache';
import type { CustomerRef } from '../../contracts/customer.js';
import type { Clock } from '../../kernel/clock.js';
import { growingLru } from '../../platform/memory/growing-lru.js';
import {
  CustomerIndex,
  EVENT_RETENTION_MS,
  MAX_ENTRIES_PER_CUSTOMER,
  TOMBSTONE_MS,
  type EntryToIndex,
  type IndexedEntry,
  type IndexingResult,
  type InvalidationEpoch,
  type InvalidationEvent,
  type InvalidationStart,
  type Voiding,
} from './customer-index.js';

interface IndexedCustomer {
  /** When each entry expires, by entry key. */
  readonly entries: Map<string, number>;
  lastEpoch: number;
  tombstoneUntilMs: number;
}

interface ProcessedEvent {
  readonly invalidated: number;
  readonly critical: boolean;
  readonly untilMs: number;
}

/**
 * The index inside this process. The number of customers is bounded. If the record of a customer is
 * evicted, the entries of this customer are deleted. From then on, the index refuses every load, of
 * any customer, that began before the last invalidation of this customer.
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
    this.events = growingLru(maxCustomers);
    this.customers = growingLru(maxCustomers, ({ entries, lastEpoch }, _key, reason) => {
      if (reason !== 'evict') return;
      this.evictedUpTo = Math.max(this.evictedUpTo, lastEpoch);
      for (const key of entries.keys()) deleteEntry(key);
    });
  }

  currentEpoch(): Promise<InvalidationEpoch> {
    return Promise.resolve(String(this.epochs));
  }

  indexEntry(entry: EntryToIndex, displaced?: IndexedEntry): Promise<IndexingResult> {
    return Promise.resolve(this.indexNow(entry, displaced));
  }

  beginInvalidation(event: InvalidationEvent): Promise<InvalidationStart> {
    const processed = this.processed(event);
    if (processed !== undefined) return Promise.resolve({ duplicate: true, invalidated: processed.invalidated });
    this.epochs += 1;
    return Promise.resolve({ duplicate: false, epoch: String(this.epochs) });
  }

  voidEntries(customer: CustomerRef, { epoch, critical }: Voiding): Promise<readonly string[]> {
    const record = this.record(customer);
    record.lastEpoch = Math.max(record.lastEpoch, Number(epoch));
    if (critical) record.tombstoneUntilMs = this.clock.nowMs() + TOMBSTONE_MS;
    return Promise.resolve([...record.entries.keys()]);
  }

  completeInvalidation(event: InvalidationEvent, invalidated: number): Promise<boolean> {
    const { customer, eventHash, critical } = event;
    if (eventHash === undefined) return Promise.resolve(true);
    if (this.processed(event) !== undefined) return Promise.resolve(false);
    const untilMs = this.clock.nowMs() + EVENT_RETENTION_MS;
    this.events.set(eventId(customer, eventHash), { invalidated, critical, untilMs });
    return Promise.resolve(true);
  }

  /** The record that makes the event a duplicate. */
  private processed({ customer, eventHash, critical }: InvalidationEvent): ProcessedEvent | undefined {
    const record = eventHash === undefined ? undefined : this.events.get(eventId(customer, eventHash));
    const isKept = this.clock.nowMs() < (record?.untilMs ?? 0);
    return isKept && (record?.critical === true || !critical) ? record : undefined;
  }

  private indexNow({ customer, entryKey, epoch, lifetimeMs }: EntryToIndex, displaced?: IndexedEntry): IndexingResult {
    const nowMs = this.clock.nowMs();
    const { entries, lastEpoch, tombstoneUntilMs } = this.record(customer);
    const isVoid = Math.max(lastEpoch, this.evictedUpTo) > Number(epoch);
    if (isVoid || nowMs < tombstoneUntilMs) return { kind: 'refused' };
    for (const [key, expiresAtMs] of entries) if (expiresAtMs <= nowMs) entries.delete(key);
    if (entries.size >= MAX_ENTRIES_PER_CUSTOMER && !entries.has(entryKey) && !removeUnchanged(entries, displaced))
      return { kind: 'full', first: firstToExpire(entries) };
    const known = entries.get(entryKey) ?? -Infinity;
    entries.set(entryKey, Math.max(nowMs + lifetimeMs, known + 1));
    return { kind: 'indexed' };
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

/** Returns false if there is no such entry, or if it was indexed again. */
function removeUnchanged(entries: Map<string, number>, entry: IndexedEntry | undefined): boolean {
  if (entry === undefined) return false;
  const isUnchanged = String(entries.get(entry.key)) === entry.expiry;
  return isUnchanged && entries.delete(entry.key);
}

function firstToExpire(entries: ReadonlyMap<string, number>): IndexedEntry {
  let [first, firstAtMs] = ['', Infinity];
  for (const [key, atMs] of entries) if (atMs < firstAtMs) [first, firstAtMs] = [key, atMs];
  return { key: first, expiry: String(firstAtMs) };
}

function eventId({ tenant, hash }: CustomerRef, eventHash: string): string {
  return `${tenant}:${hash}:${eventHash}`;
}
