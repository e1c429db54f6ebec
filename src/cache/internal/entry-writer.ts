import { Injectable } from '@nestjs/common';
import type { LoadedAnswer } from '../../contracts/dip.js';
import { Clock } from '../../kernel/clock.js';
import { jitteredLifeMs } from '../../kernel/jitter.js';
import { CustomerIndex, type InvalidationEpoch } from './customer-index.js';
import { LATE_STORE_GRACE_MS, type AnswerToWrite, EntryStore, type Lease } from './entry-store.js';
import type { EntrySpec } from './entry-spec.js';
import { LEASE_MS } from './lease-renewer.js';
import { NearCache } from './near-cache.js';

/** How much later than it was indexed an entry may be kept. The index must find it to its end. */
const KEPT_WITHIN_MS = LEASE_MS + LATE_STORE_GRACE_MS;
/** So long past its TTL a value stays usable for when the origin must not be asked, whatever `staleMs` says. */
const LAST_GOOD_MS = 60_000;

/** Keeps what was loaded, if it is still right: in the store, under its customer, and as a near copy. */
@Injectable()
export class EntryWriter {
  constructor(
    private readonly store: EntryStore,
    private readonly index: CustomerIndex,
    private readonly near: NearCache,
    private readonly clock: Clock,
  ) {}

  /** The place of a load among the tenant's invalidations, read before it begins. Absent when the store cannot say. */
  async currentEpoch(tenant: string): Promise<InvalidationEpoch | undefined> {
    return this.index.currentEpoch(tenant).catch(() => undefined);
  }

  /**
   * Whether the answer was still right when it was kept, or when there turned out to be nothing to keep. Never rejects: a store that is
   * away counts where it happened, and only means that nobody can know.
   *
   * @param epoch read before the load began
   */
  async write(
    terms: EntrySpec,
    lease: Lease,
    answer: LoadedAnswer,
    epoch: InvalidationEpoch | undefined,
  ): Promise<boolean> {
    const toKeep = answerToKeep(terms, answer);
    try {
      // Asked also where there is nothing to keep: those who joined may have asked after an invalidation.
      const right = await this.indexEntry(terms, answer, epoch, (toKeep?.lifetimeMs ?? 0) + KEPT_WITHIN_MS);
      if (right && toKeep !== undefined) return await this.keepNow(terms, lease, toKeep);
      return (await this.store.release(lease)) && right;
    } catch {
      return false;
    }
  }

  /** @param askedAtMs when the store was asked for the value */
  putNear({ key, policy }: EntrySpec, text: string, freshForMs: number, askedAtMs: number): void {
    this.near.put(key, text, Math.min(policy.nearTtlMs, freshForMs), askedAtMs);
  }

  private async keepNow(terms: EntrySpec, lease: Lease, toKeep: AnswerToWrite): Promise<boolean> {
    const askedAtMs = this.clock.nowMs();
    const kept = await this.store.write(lease, toKeep);
    if (kept) this.putNear(terms, toKeep.text, toKeep.freshMs, askedAtMs);
    return kept;
  }

  /** Before it is kept, so that there is no moment in which an entry is served that no event can find. */
  private async indexEntry(
    { key: entryKey }: EntrySpec,
    { customer }: LoadedAnswer,
    epoch: InvalidationEpoch | undefined,
    lifetimeMs: number,
  ): Promise<boolean> {
    if (customer === undefined) return true;
    return epoch !== undefined && (await this.index.indexEntry({ customer, entryKey, epoch, lifetimeMs }));
  }
}

/** Absent: there is nothing to keep, because "not found" is declared not to be remembered. */
function answerToKeep({ format, policy }: EntrySpec, { found, text }: LoadedAnswer): AnswerToWrite | undefined {
  const ttlMs = found ? policy.ttlMs : policy.notFoundTtlMs;
  if (ttlMs === 0) return undefined;
  const freshMs = jitteredLifeMs(ttlMs, Math.random());
  return { format, text, freshMs, lifetimeMs: freshMs + (found ? Math.max(policy.staleMs, LAST_GOOD_MS) : 0) };
}
