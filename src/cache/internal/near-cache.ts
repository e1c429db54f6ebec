import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type NearCacheConfig, NEAR_CACHE_CONFIG } from '../../config/sections/near-cache.js';
import type { AnswerText } from '../../contracts/dip.js';
import { Clock } from '../../kernel/clock.js';
import { EventBus, MAX_UNHEARD_MS } from '../../messaging/event-bus.js';
import { Hearing } from '../../messaging/hearing.js';

interface NearCopy {
  readonly text: AnswerText;
  readonly expiresAtMs: number;
  readonly withinMs: number;
}

/**
 * The memory of a copy besides its characters: key, record and map entry. Measured with 100,000
 * copies of 300 bytes.
 */
const OVERHEAD_BYTES = 350;
/** How many deletions are remembered, to refuse copies whose read was under way at the deletion. */
const MAX_REMEMBERED_DELETIONS = 10_000;

/**
 * Holds copies of fresh answers inside the process, for `nearTtlMs`.
 *
 * Guarantees:
 * - No copy is served past its expiry, nor after the event of its deletion arrived, nor while
 *   events may be missing.
 * - With several regions, no copy is served that may lack an invalidation of another region which
 *   was acknowledged longer ago than `invalidatedWithinMs` of its lookup.
 * - Entries and bytes stay within their bounds. The least recently used copy is evicted first.
 *
 * Does not guarantee: that a copy ends at the moment when another process deletes the entry. After
 * that moment, the copy may be served for up to `MAX_UNHEARD_MS`, even if the event of the deletion
 * is lost. If the process notices the loss, `isHeard` becomes false and all copies end. In a Redis
 * Cluster, a loss is not noticed, so each copy lives at most `MAX_UNHEARD_MS`.
 *
 * Race it prevents:
 * 1. A value is read from the store.
 * 2. The entry is deleted, and the event of the deletion overtakes the store's reply.
 * 3. The value is put here, and would stay although it is invalid.
 * A deletion after the read began therefore refuses the value.
 *
 * Race it prevents, with several regions:
 * 1. The region was cut off. Now the region hears an old invalidation, and deletes the entry.
 * 2. The process learns how far the region has heard. The event of the deletion is on its way.
 * 3. The process serves the copy, although its invalidation was acknowledged long ago.
 * So a new `heardAtMs` is used only after all deletion events have arrived that were sent before
 * the process learned this `heardAtMs`.
 */
@Injectable()
export class NearCache {
  private readonly copies: LRUCache<string, NearCopy> | undefined;
  private readonly deletions: LRUCache<string, number>;
  /** A value that was read before this time is refused, because a deletion may have been missed. */
  private unknownDeletionsUpToMs = -Infinity;
  /** The copies lack no invalidation that a region acknowledged before this moment. */
  private heardAtMs = -Infinity;
  /** How far the region has heard, and when this process learned it. */
  private learned: { readonly heardAtMs: number; readonly atMs: number } | undefined;
  private floorMs = 0;

  constructor(
    private readonly clock: Clock,
    @Inject(NEAR_CACHE_CONFIG) { maxEntries, maxBytes }: NearCacheConfig,
    private readonly bus: EventBus,
    private readonly hearing: Hearing,
  ) {
    const sizeCalculation = (copy: NearCopy): number => copy.text.length + OVERHEAD_BYTES;
    const bounds = { max: maxEntries, maxSize: maxBytes, sizeCalculation };
    this.copies = maxEntries > 0 && maxBytes > 0 ? new LRUCache(bounds) : undefined;
    this.deletions = new LRUCache({
      max: MAX_REMEMBERED_DELETIONS,
      dispose: (atMs, _key, reason) => {
        if (reason === 'evict') this.unknownDeletionsUpToMs = Math.max(this.unknownDeletionsUpToMs, atMs);
      },
    });
    bus.subscribe('entry.deleted', ({ data }) => this.delete(data.key));
    bus.onLoss(() => this.clear());
    hearing.onUpdate(() => this.heard());
  }

  get size(): number {
    return this.copies?.size ?? 0;
  }

  /** @param nowMs the present time by `Clock`. A hit reads the clock once, at 0.1 µs (Node 24). */
  get(key: string, nowMs = this.clock.nowMs()): AnswerText | undefined {
    const copy = this.copies?.get(key);
    if (copy === undefined) return undefined;
    if (!this.bus.isHeard(nowMs)) this.clear();
    else if (nowMs >= copy.expiresAtMs) this.copies?.delete(key);
    else if (!this.hearing.isOn || nowMs - this.heardAtMs <= copy.withinMs) return copy.text;
    return undefined;
  }

  /**
   * Where the event bus may lose an event without notice, a copy lives no longer than
   * `MAX_UNHEARD_MS` after its read.
   *
   * @param forMs how long the copy may be served; zero or less stores nothing
   * @param readAtMs when the store was asked for the value
   * @param withinMs `invalidatedWithinMs` of the lookup
   */
  put(key: string, text: AnswerText, forMs: number, readAtMs: number, withinMs: number): void {
    const nowMs = this.clock.nowMs();
    const lifetimeMs = this.bus.noticesEveryLoss ? forMs : Math.min(forMs, readAtMs + MAX_UNHEARD_MS - nowMs);
    if (lifetimeMs <= 0 || this.copies === undefined || !this.bus.isHeard()) return;
    const deletedAtMs = Math.max(this.deletions.get(key) ?? -Infinity, this.unknownDeletionsUpToMs);
    if (readAtMs > deletedAtMs) this.copies.set(key, { text, expiresAtMs: nowMs + lifetimeMs, withinMs });
  }

  private delete(key: string): void {
    this.deletions.set(key, this.clock.nowMs());
    this.copies?.delete(key);
  }

  private heard(): void {
    const { hearing } = this;
    // Records of other regions were missed: any copy may be invalid.
    if (hearing.floorMs > this.floorMs) this.clear();
    this.floorMs = hearing.floorMs;
    this.learned ??= { heardAtMs: hearing.heardAtMs, atMs: this.clock.nowMs() };
    if (!this.haveArrived(this.learned.atMs)) return;
    this.heardAtMs = this.learned.heardAtMs;
    this.learned = undefined;
  }

  /** Whether every deletion before this moment has reached its copy, or the copy has expired. */
  private haveArrived(atMs: number): boolean {
    const { bus, clock } = this;
    return bus.noticesEveryLoss ? bus.deliveredUpToMs > atMs : clock.nowMs() - atMs >= MAX_UNHEARD_MS;
  }

  /** Events may be lost: deletes all copies, and refuses the values that were read before now. */
  private clear(): void {
    this.unknownDeletionsUpToMs = this.clock.nowMs();
    this.copies?.clear();
  }
}
