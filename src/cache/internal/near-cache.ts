import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { NearConfig } from '../../config/config.js';
import type { AnswerText } from '../../contracts/dip.js';
import { NEAR_CACHE_CONFIG } from '../../config/tokens.js';
import { Clock } from '../../kernel/clock.js';
import { EntryStore } from './entry-store.js';

/** The invalidations of the store that the near cache follows. */
type Drops = Pick<EntryStore, 'hearsDrops' | 'onDrop' | 'onDropsMissed'>;

interface NearCopy {
  readonly text: AnswerText;
  readonly untilMs: number;
}

/** What a copy costs beside its characters: the key, the record, its places in the map. Measured with 100,000 copies of 300 bytes. */
const OVERHEAD_BYTES = 350;
/** Contract, section 4: gone within 2 s also when messages are lost. The rest is for a process slow to look at its clock. */
export const MAX_UNHEARD_MS = 1500;
/** How many drops are remembered, for copies that are on their way. */
const REMEMBERED_DROPS = 10_000;

/**
 * Copies of fresh answers inside the process: the fastest answer there is, for a second or so.
 *
 * Promised: no copy is served beyond the moment it was given, nor after its drop was heard, nor while drops may be missed; entries and
 * bytes stay within their bounds, the least recently used goes first.
 *
 * The interleaving it defends against: (1) a value is read from the store; (2) the entry is dropped, and the message of that overtakes
 * the store's reply; (3) the value is put here. It would stay although it was invalidated: so a drop since the value was asked for
 * refuses it.
 */
@Injectable()
export class NearCache {
  private readonly copies: LRUCache<string, NearCopy> | undefined;
  private readonly drops: LRUCache<string, number>;
  /** Drops up to here may have been forgotten, so whatever was asked for before it is refused. */
  private forgottenUpToMs = -Infinity;

  constructor(
    private readonly clock: Clock,
    @Inject(NEAR_CACHE_CONFIG) { maxEntries, maxBytes }: NearConfig,
    @Inject(EntryStore) private readonly store: Drops,
  ) {
    const sizeCalculation = (copy: NearCopy): number => copy.text.length + OVERHEAD_BYTES;
    const bounded = { max: maxEntries, maxSize: maxBytes, sizeCalculation };
    this.copies = maxEntries > 0 && maxBytes > 0 ? new LRUCache(bounded) : undefined;
    store.onDrop((key) => this.delete(key));
    store.onDropsMissed(() => this.clear());
    this.drops = new LRUCache({
      max: REMEMBERED_DROPS,
      dispose: (atMs, _key, reason) => {
        if (reason === 'evict') this.forgottenUpToMs = Math.max(this.forgottenUpToMs, atMs);
      },
    });
  }

  get size(): number {
    return this.copies?.size ?? 0;
  }

  get(key: string): AnswerText | undefined {
    const copy = this.copies?.get(key);
    if (copy === undefined) return undefined;
    if (!this.store.hearsDrops()) this.clear();
    else if (this.clock.nowMs() < copy.untilMs) return copy.text;
    else this.copies?.delete(key);
    return undefined;
  }

  /**
   * @param forMs how long it may answer; zero or less keeps nothing
   * @param askedAtMs when the store was asked for it
   */
  put(key: string, text: AnswerText, forMs: number, askedAtMs: number): void {
    if (forMs <= 0 || this.copies === undefined || !this.store.hearsDrops()) return;
    const droppedAtMs = Math.max(this.drops.get(key) ?? -Infinity, this.forgottenUpToMs);
    if (askedAtMs > droppedAtMs) this.copies.set(key, { text, untilMs: this.clock.nowMs() + forMs });
  }

  /** The same for a copy whose drop may never be heard of: it answers only as long as the contract lets an unheard drop go unheard. */
  putBriefly(key: string, text: AnswerText, forMs: number, askedAtMs: number): void {
    this.put(key, text, Math.min(forMs, askedAtMs + MAX_UNHEARD_MS - this.clock.nowMs()), askedAtMs);
  }

  delete(key: string): void {
    this.drops.set(key, this.clock.nowMs());
    this.copies?.delete(key);
  }

  /** Drops were missed: nothing here can be trusted, nor what was asked for until now. */
  clear(): void {
    this.forgottenUpToMs = this.clock.nowMs();
    this.copies?.clear();
  }
}
