import { LRUCache } from 'lru-cache';
import { tenantOfEntryKey } from '../../contracts/entry-key.js';
import type { Clock } from '../../kernel/clock.js';
import type { DegradedReason } from '../../kernel/errors.js';
import type { EventBus } from '../../messaging/event-bus.js';
import {
  EntryStore,
  LATE_STORE_GRACE_MS,
  type AnswerToWrite,
  type EntryRead,
  type Lease,
  type LoadState,
  type ReadRequest,
} from './entry-store.js';

interface MemoryEntry {
  readonly version: string;
  value?: {
    readonly format: string;
    readonly text: string;
    readonly freshUntilMs: number;
    readonly expiresAtMs: number;
  };
  lease?: { readonly token: string; untilMs: number };
  failure?: { readonly reason: DegradedReason; readonly untilMs: number; readonly inARow: number };
}

/**
 * Stores entries inside this process, for development and for a single process without Redis. The
 * guarantees are the same as with Redis, for this process alone. The number of entries is bounded;
 * the least recently used entry is evicted first.
 */
export class MemoryEntryStore extends EntryStore {
  readonly tier = 'memory';
  readonly settlesWithinMs = 0;
  private readonly entries: LRUCache<string, MemoryEntry>;

  constructor(
    private readonly clock: Clock,
    maxEntries: number,
    private readonly bus: EventBus,
  ) {
    super();
    this.entries = new LRUCache({ max: maxEntries });
  }

  read(key: string, request: ReadRequest): Promise<EntryRead> {
    return Promise.resolve(this.readNow(key, request));
  }

  write(lease: Lease, answer: AnswerToWrite): Promise<boolean> {
    const entry = this.heldBy(lease);
    const nowMs = this.clock.nowMs();
    if (entry?.version !== lease.version || nowMs > storableUntilMs(entry)) return Promise.resolve(false);
    const { format, text, freshMs, lifetimeMs } = answer;
    const value = { format, text, freshUntilMs: nowMs + freshMs, expiresAtMs: nowMs + lifetimeMs };
    this.entries.set(lease.key, { version: entry.version, value });
    this.publishFinished(lease.key);
    return Promise.resolve(true);
  }

  fail(lease: Lease, reason: DegradedReason, backoffMs: number): Promise<void> {
    const entry = this.heldBy(lease);
    if (entry === undefined) return Promise.resolve();
    const inARow = (entry.failure?.inARow ?? 0) + 1;
    entry.failure = { reason, untilMs: this.clock.nowMs() + backoffMs, inARow };
    delete entry.lease;
    this.publishFinished(lease.key);
    return Promise.resolve();
  }

  release(lease: Lease): Promise<boolean> {
    const entry = this.heldBy(lease);
    if (entry === undefined) return Promise.resolve(false);
    delete entry.lease;
    this.publishFinished(lease.key);
    return Promise.resolve(true);
  }

  renew(lease: Lease, leaseMs: number): Promise<boolean> {
    const held = this.heldBy(lease)?.lease;
    if (held !== undefined) held.untilMs = this.clock.nowMs() + leaseMs;
    return Promise.resolve(held !== undefined);
  }

  delete(key: string): Promise<boolean> {
    const held = this.entries.get(key)?.value !== undefined;
    this.entries.delete(key);
    this.bus.publish('entry.deleted', tenantOfEntryKey(key), { key });
    return Promise.resolve(held);
  }

  private readNow(key: string, request: ReadRequest): EntryRead {
    const nowMs = this.clock.nowMs();
    const entry = this.entries.get(key);
    const stored = request.discard ? undefined : storedIn(entry, request.format, nowMs);
    const wait = stored !== undefined && stored.freshForMs > 0 ? NOT_NEEDED : waitReason(entry, nowMs);
    if (wait !== undefined) return { version: entry?.version ?? '', stored, load: wait, foreign: false };
    return this.grant(key, entry, stored, request, nowMs);
  }

  private grant(
    key: string,
    entry: MemoryEntry | undefined,
    stored: EntryRead['stored'],
    { leaseToken: token, leaseMs, discard }: ReadRequest,
    nowMs: number,
  ): EntryRead {
    const leased: MemoryEntry = entry ?? { version: token };
    if (discard) delete leased.value;
    leased.lease = { token, untilMs: nowMs + leaseMs };
    this.entries.set(key, leased);
    const lease: Lease = {
      key,
      version: leased.version,
      token,
      failuresBefore: leased.failure?.inARow ?? 0,
      beganMs: nowMs,
    };
    return { version: leased.version, stored, load: { kind: 'lease-granted', lease }, foreign: false };
  }

  private heldBy(lease: Lease): MemoryEntry | undefined {
    const entry = this.entries.get(lease.key);
    return entry?.lease?.token === lease.token ? entry : undefined;
  }

  private publishFinished(key: string): void {
    this.bus.publish('entry.load-finished', tenantOfEntryKey(key), { key });
  }
}

/** The last moment at which the holder's value is still stored. */
function storableUntilMs({ lease }: MemoryEntry): number {
  return (lease?.untilMs ?? 0) + LATE_STORE_GRACE_MS;
}

const NOT_NEEDED: LoadState = { kind: 'not-needed' };

function storedIn(entry: MemoryEntry | undefined, format: string, nowMs: number): EntryRead['stored'] {
  const value = entry?.value;
  if (value?.format !== format || nowMs >= value.expiresAtMs) return undefined;
  return { text: value.text, freshForMs: value.freshUntilMs - nowMs };
}

/** Why no reader may load the entry now. `undefined` means that a reader may load it. */
function waitReason(entry: MemoryEntry | undefined, nowMs: number): LoadState | undefined {
  if (entry?.lease !== undefined && nowMs < entry.lease.untilMs) return { kind: 'loading-already' };
  const failure = entry?.failure;
  return failure !== undefined && nowMs < failure.untilMs ? { kind: 'backing-off', reason: failure.reason } : undefined;
}
