import { customerEventKey, customerHashTag, type CustomerRef } from '../../contracts/customer.js';
import { StoreUnavailable } from '../../kernel/errors.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import { redisScript } from '../../platform/redis/redis-script.js';
import {
  CustomerIndex,
  EVENT_RETENTION_MS,
  MAX_ENTRIES_PER_CUSTOMER,
  EPOCH_RETENTION_MS,
  TOMBSTONE_MS,
  type EntryToIndex,
  type IndexedEntry,
  type IndexingResult,
  type InvalidationEpoch,
  type InvalidationEvent,
  type InvalidationStart,
  type Voiding,
} from './customer-index.js';

const fileOf = (name: string): URL => new URL(`../scripts/${name}.lua`, import.meta.url);
const script = (name: string, file: string, ...preludes: URL[]) => redisScript(name, 1, fileOf(file), ...preludes);
const RAISE_EPOCH = script('raiseEpoch', 'raise-epoch');
const VOID_ENTRIES = script('voidEntries', 'void-entries');
const INDEX_ENTRY = script('indexEntry', 'index-entry', fileOf('indexing'));
const RECORD_EVENT = script('recordEvent', 'record-event');

/**
 * How long a tenant's epoch lives, in milliseconds: longer than any epoch in an index, and than any
 * load.
 */
const TENANT_EPOCH_TTL_MS = 86_400_000;

/** Processes write a marker every 400 ms. */
const LOSS_IS_KNOWN_AFTER_MS = 1000;

/**
 * The most entries in an index of the earlier layout. There, no entry leaves the index before it
 * expires. A process of the earlier version stores an entry only if the index has fewer than 64
 * entries.
 */
const MAX_IN_EARLIER_LAYOUT = 4096;

/** In the record of a processed event, this sign follows the number if the event was critical. */
const CRITICAL = '!';

/** The field of an entry begins with it; see `void-entries.lua`. */
const ENTRY_FIELD = 'k:';

/**
 * As `indexing.lua` describes. If the index took the entry, `store-indexed-entry.lua` returns
 * whether its value was stored.
 */
export type IndexReply = readonly [result: number, keyEpochOrStored?: string | number, expiry?: string];

/**
 * The index in Redis. Each script uses one key, so a slot that moves refuses none of them. The
 * customers of a tenant are spread over 256 hash tags; the tenant's epoch is one small key.
 *
 * In the earlier layout, all customers of a tenant were in one slot. While a process of the earlier
 * version may run, entries are listed in both layouts. Invalidations always use both layouts,
 * because entries that an earlier version stored may live for days.
 */
export class RedisCustomerIndex extends CustomerIndex {
  constructor(
    private readonly connection: RedisConnection,
    /** Whether a process that knows only the earlier layout may run. */
    private readonly hasEarlierLayout: () => boolean,
  ) {
    super();
    for (const each of [RAISE_EPOCH, VOID_ENTRIES, INDEX_ENTRY, RECORD_EVENT]) connection.define(each);
  }

  async currentEpoch(tenant: string): Promise<InvalidationEpoch> {
    const key = epochKey(tenant);
    return (await this.connection.run((client) => client.get(key), key)) ?? '0';
  }

  async indexEntry(entry: EntryToIndex, displaced?: IndexedEntry): Promise<IndexingResult> {
    const indexing = this.addNoticed(entry, displaced);
    if (!this.hasEarlierLayout()) return indexing;
    const inEarlier = this.addTo(earlierIndexKey(entry.customer), MAX_IN_EARLIER_LAYOUT, entry);
    const [result, earlier] = await Promise.all([indexing, inEarlier]);
    return earlier.kind === 'indexed' ? result : { kind: 'refused' };
  }

  async beginInvalidation(event: InvalidationEvent, withinMs: number): Promise<InvalidationStart> {
    const { customer, eventHash } = event;
    const args = [TENANT_EPOCH_TTL_MS, ''];
    const raising = this.connection.callWithin(withinMs, RAISE_EPOCH, [epochKey(customer.tenant)], args);
    const reading = eventHash === undefined ? null : this.readEvent(customerEventKey(customer, eventHash), withinMs);
    const [epoch, processed] = await Promise.all([raising, reading]);
    return duplicate(event, processed) ?? { duplicate: false, epoch: epoch as InvalidationEpoch };
  }

  async voidEntries(customer: CustomerRef, voiding: Voiding, withinMs: number): Promise<readonly string[]> {
    const [found, foundInEarlier] = await Promise.all([
      this.voidIn(indexKey(customer), voiding, true, withinMs),
      this.voidIn(earlierIndexKey(customer), voiding, this.hasEarlierLayout(), withinMs),
    ]);
    return foundInEarlier.length === 0 ? found : [...new Set([...found, ...foundInEarlier])];
  }

  async completeInvalidation(event: InvalidationEvent, invalidated: number, withinMs: number): Promise<boolean> {
    const { customer, eventHash, critical } = event;
    if (eventHash === undefined) return true;
    const args = [invalidated, critical ? CRITICAL : '', EVENT_RETENTION_MS];
    return (
      (await this.connection.callWithin(withinMs, RECORD_EVENT, [customerEventKey(customer, eventHash)], args)) === 1
    );
  }

  private readEvent(key: string, withinMs: number): Promise<string | null> {
    return this.connection.runWithin(withinMs, (client) => client.get(key), key);
  }

  /**
   * In a cluster, the index and the cache entry are on different nodes. If the node of the index
   * loses the index entry, no invalidation finds the cache entry. The marker makes this process
   * notice the loss.
   */
  private async addNoticed(entry: EntryToIndex, displaced?: IndexedEntry): Promise<IndexingResult> {
    const key = indexKey(entry.customer);
    const adding = this.addTo(key, MAX_ENTRIES_PER_CUSTOMER, entry, displaced);
    if (!this.connection.isCluster) return adding;
    const [result] = await Promise.all([adding, this.connection.history.markBehind([key])]);
    return result;
  }

  /**
   * In a cluster, the node of the tenant's epoch may lose its data, while an index on another node
   * still has a newer epoch. Without this repair, the index would refuse every later load of the
   * customer for `EPOCH_RETENTION_MS`.
   */
  private async repairEpoch(tenant: string, epoch: string): Promise<void> {
    if (!this.connection.isCluster || epoch === '') return;
    await this.connection.call(RAISE_EPOCH, [epochKey(tenant)], [TENANT_EPOCH_TTL_MS, epoch]);
  }

  private async addTo(
    key: string,
    maxEntries: number,
    entry: EntryToIndex,
    displaced?: IndexedEntry,
  ): Promise<IndexingResult> {
    const args = indexingArgs(entry, displaced, maxEntries);
    const reply = (await this.connection.call(INDEX_ENTRY, [key], args)) as IndexReply;
    const result = indexingResult(reply);
    if (result.kind === 'refused') await this.repairEpoch(entry.customer.tenant, String(reply[1] ?? ''));
    return result;
  }

  private async voidIn(
    key: string,
    { epoch, critical }: Voiding,
    creates: boolean,
    withinMs: number,
  ): Promise<readonly string[]> {
    const args = [epoch, critical ? TOMBSTONE_MS : 0, EPOCH_RETENTION_MS, creates ? '1' : ''];
    return (await this.connection.callWithin(withinMs, VOID_ENTRIES, [key], args)) as readonly string[];
  }

  override waitsForReplicas(): boolean {
    return this.connection.history.waitsForReplicas;
  }

  /**
   * In a cluster, if one node loses data, entries of all nodes are affected, because the index of
   * an entry may be lost. Every process learns of the loss with its next marker. Until then it
   * might serve an entry that this invalidation cannot find.
   */
  override secure(customers: readonly CustomerRef[]): Promise<void> {
    const { history, isCluster } = this.connection;
    if (isCluster && history.sinceRaisedMs < LOSS_IS_KNOWN_AFTER_MS)
      return Promise.reject(new StoreUnavailable('the store lost data, and other processes may not know it yet'));
    return history.secure(customers.flatMap((customer) => [epochKey(customer.tenant), indexKey(customer)]));
  }
}

/** @param processed the record of the event; `null` means that there is none */
function duplicate({ critical }: InvalidationEvent, processed: string | null): InvalidationStart | undefined {
  if (processed === null || (critical && !processed.endsWith(CRITICAL))) return undefined;
  return { duplicate: true, invalidated: Number.parseInt(processed, 10) };
}

/** The arguments of `indexing.lua`. */
export function indexingArgs(
  { entryKey, epoch, lifetimeMs }: EntryToIndex,
  displaced: IndexedEntry | undefined,
  maxEntries = MAX_ENTRIES_PER_CUSTOMER,
): (string | number)[] {
  const { key = '', expiry = '' } = displaced ?? {};
  return [entryKey, epoch, lifetimeMs, maxEntries, EPOCH_RETENTION_MS, key, expiry];
}

export function indexingResult([result, key, expiry = '']: IndexReply): IndexingResult {
  if (result === -1) return { kind: 'full', first: { key: String(key), expiry } };
  return { kind: result === 1 ? 'indexed' : 'refused' };
}

/** The entries in the fields of an index. */
export function entriesIn(fields: readonly string[]): string[] {
  return fields.flatMap((field) => (field.startsWith(ENTRY_FIELD) ? [field.slice(ENTRY_FIELD.length)] : []));
}

export function indexKey(customer: CustomerRef): string {
  return `cust-index:${customerHashTag(customer)}:${customer.tenant}:${customer.hash}`;
}

/** The index in the earlier layout. */
function earlierIndexKey({ tenant, hash }: CustomerRef): string {
  return `cust-index:{${tenant}}:${hash}`;
}

export function epochKey(tenant: string): string {
  return `cust-stamp:{${tenant}}`;
}
