import type { LRUCache } from 'lru-cache';
import { formatFit, type FormatFit } from '../../contracts/answer-format.js';
import { tenantOfEntryKey } from '../../contracts/entry-key.js';
import type { Clock } from '../../kernel/clock.js';
import { growingLru } from '../../platform/memory/growing-lru.js';
import type { DegradedReason } from '../../kernel/errors.js';
import type { EventBus } from '../../messaging/event-bus.js';
import type { Hearing } from '../../messaging/hearing.js';
import {
  EntryStore,
  LATE_STORE_GRACE_MS,
  REPLACE_EVERY_MS,
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
    readonly loadBeganMs: number;
  };
  lease?: { readonly token: string; untilMs: number };
  /** When a value of another format was last replaced. */
  replacedAtMs?: number;
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
    private readonly hearing: Hearing,
  ) {
    super();
    this.entries = growingLru(maxEntries);
  }

  read(key: string, request: ReadRequest): Promise<EntryRead> {
    return Promise.resolve(this.readNow(key, request));
  }

  write(lease: Lease, answer: AnswerToWrite): Promise<boolean> {
    const entry = this.heldBy(lease);
    const nowMs = this.clock.nowMs();
    if (entry?.version !== lease.version || nowMs > storableUntilMs(entry)) return Promise.resolve(false);
    const { format, text, freshMs, lifetimeMs } = answer;
    const lifetime = { loadBeganMs: lease.beganMs, freshUntilMs: nowMs + freshMs, expiresAtMs: nowMs + lifetimeMs };
    const isReplaced = entry.value !== undefined && entry.value.format !== format;
    const replacedAtMs = isReplaced ? nowMs : (entry.replacedAtMs ?? -Infinity);
    this.entries.set(lease.key, { version: entry.version, value: { format, text, ...lifetime }, replacedAtMs });
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
    const fit = fitOf(entry, request.format, nowMs);
    const value = request.discard || fit === 'none' ? undefined : entry?.value;
    const tooOld = value !== undefined && value.loadBeganMs < this.hearing.earliestLoadMs(request.withinMs, nowMs);
    const stored = value === undefined || tooOld ? undefined : answerOf(value, fit, nowMs);
    const wait = isSufficient(stored, entry, fit, nowMs) ? NOT_NEEDED : waitReason(entry, nowMs);
    if (wait !== undefined) return { version: entry?.version ?? '', stored, load: wait, foreign: false, tooOld };
    const lease = this.grant(key, entry, request, nowMs);
    return { version: lease.version, stored, load: { kind: 'lease-granted', lease }, foreign: false, tooOld };
  }

  private grant(
    key: string,
    entry: MemoryEntry | undefined,
    { leaseToken: token, leaseMs, discard }: ReadRequest,
    nowMs: number,
  ): Lease {
    const leased: MemoryEntry = entry ?? { version: token };
    if (discard) delete leased.value;
    leased.lease = { token, untilMs: nowMs + leaseMs };
    this.entries.set(key, leased);
    const { version, failure } = leased;
    return { key, version, token, failuresBefore: failure?.inARow ?? 0, beganMs: nowMs };
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

type Fit = FormatFit | 'same';

function fitOf(entry: MemoryEntry | undefined, format: string, nowMs: number): Fit {
  const value = entry?.value;
  if (value === undefined || nowMs >= value.expiresAtMs) return 'none';
  return value.format === format ? 'same' : formatFit(value.format, format);
}

function answerOf(
  { text, freshUntilMs }: NonNullable<MemoryEntry['value']>,
  fit: Fit,
  nowMs: number,
): EntryRead['stored'] {
  const freshForMs = freshUntilMs - nowMs;
  return fit === 'same' ? { text, freshForMs } : { text, freshForMs, otherFormat: fit === 'whole' ? fit : 'partial' };
}

/** Whether a value needs no load: it is fresh, and has all fields or was replaced lately. */
function isSufficient(stored: EntryRead['stored'], entry: MemoryEntry | undefined, fit: Fit, nowMs: number): boolean {
  if (stored === undefined || stored.freshForMs <= 0) return false;
  const sinceMs = nowMs - (entry?.replacedAtMs ?? -Infinity);
  return fit !== 'fewer' && (fit !== 'mixed' || sinceMs < REPLACE_EVERY_MS);
}

/** Why no reader may load the entry now. `undefined` means that a reader may load it. */
function waitReason(entry: MemoryEntry | undefined, nowMs: number): LoadState | undefined {
  if (entry?.lease !== undefined && nowMs < entry.lease.untilMs) return { kind: 'loading-already' };
  const failure = entry?.failure;
  return failure !== undefined && nowMs < failure.untilMs ? { kind: 'backing-off', reason: failure.reason } : undefined;
}
