import { Inject, Injectable } from '@nestjs/common';
import type { CustomerRef } from '../../contracts/customer.js';
import type { LoadedAnswer } from '../../contracts/dip.js';
import { Clock } from '../../kernel/clock.js';
import { jitteredLifeMs } from '../../kernel/jitter.js';
import { Hearing } from '../../messaging/hearing.js';
import { inSpan } from '../../platform/tracing/spans.js';
import { CustomerIndex, type EntryToIndex, type IndexedEntry, type InvalidationEpoch } from './customer-index.js';
import { DisplacedEntries } from './displaced-entries.js';
import type { EntrySpec } from './entry-spec.js';
import { EntryStore, LATE_STORE_GRACE_MS, type AnswerToWrite, type IndexedWrite, type Lease } from './entry-store.js';
import { MAX_LEASE_MS } from './lease-renewer.js';
import { NearCache } from './near-cache.js';

/**
 * The longest time between the indexing of an entry and its write, in milliseconds. The index must
 * hold the entry until the entry expires.
 */
const MAX_STORE_DELAY_MS = MAX_LEASE_MS + LATE_STORE_GRACE_MS;
/**
 * How many displacements an answer may try. After that, the answer is not stored. A displaced entry
 * may be stored again in between, and then the answer must displace another entry.
 */
const MAX_DISPLACEMENTS = 3;
/**
 * The least time that a value stays stored after its fresh time, in milliseconds. The fresh time is
 * the TTL, shortened at random. If `staleMs` is shorter, the value is the last good value after its
 * stale time. Callers whose load is refused get the last good value.
 */
const LAST_GOOD_MS = 60_000;

/**
 * Stores a loaded answer if it is still valid: in the index of its customer, in the store, and in
 * the near cache.
 */
@Injectable()
export class EntryWriter {
  constructor(
    private readonly store: EntryStore,
    private readonly index: CustomerIndex,
    private readonly near: NearCache,
    private readonly clock: Clock,
    private readonly hearing: Hearing,
    @Inject(DisplacedEntries) private readonly displaced: Pick<DisplacedEntries, 'report'>,
  ) {}

  /**
   * Returns the tenant's invalidation epoch. Must be called before a load begins. `undefined` if
   * the store is unavailable.
   */
  async currentEpoch(tenant: string): Promise<InvalidationEpoch | undefined> {
    return this.index.currentEpoch(tenant).catch(() => undefined);
  }

  /**
   * Stores the answer and returns whether the answer is still valid. An answer that must not be
   * stored only removes the stored value. If the store is unavailable, the result is false, because
   * the validity is unknown. Never rejects.
   *
   * @param epoch read before the load began
   * @param beganMs when the load began, by `Clock`
   */
  write(
    spec: EntrySpec,
    lease: Lease,
    answer: LoadedAnswer,
    epoch: InvalidationEpoch | undefined,
    beganMs: number,
  ): Promise<boolean> {
    const attributes = { 'datadip.tier': this.store.tier };
    return inSpan(
      { name: 'store write', kind: 'client', attributes },
      () => this.writeIfValid(spec, lease, answer, epoch, beganMs),
      (isStored) => ({ 'datadip.outcome': isStored ? 'stored' : 'not_stored' }),
    );
  }

  private async writeIfValid(
    spec: EntrySpec,
    lease: Lease,
    answer: LoadedAnswer,
    epoch: InvalidationEpoch | undefined,
    beganMs: number,
  ): Promise<boolean> {
    const toWrite = answerToWrite(spec, answer);
    const startedAtMs = this.clock.nowMs();
    try {
      const written = await this.indexAndStore(spec, lease, toWrite, answer.customer, epoch);
      if (written === 'refused') await this.store.release(lease);
      if (written !== true) return false;
      const earliestMs = this.hearing.earliestLoadMs(spec.policy.invalidatedWithinMs, startedAtMs);
      if (beganMs >= earliestMs) this.putNear(spec, toWrite.text, toWrite.freshMs, startedAtMs);
      return true;
    } catch {
      return false;
    }
  }

  /** @param readAtMs when the store was asked for the value */
  putNear({ key, policy }: EntrySpec, text: string, freshForMs: number, readAtMs: number): void {
    this.near.put(key, text, Math.min(policy.nearTtlMs, freshForMs), readAtMs, policy.invalidatedWithinMs);
  }

  /** Never rejects: an entry that is not deleted expires. */
  async deleteAll(keys: readonly string[]): Promise<void> {
    await Promise.allSettled(keys.map((key) => this.store.delete(key)));
  }

  /**
   * The index comes first, so that an invalidation finds every entry that can be served. If the
   * customer has too many entries, the entry that expires first is deleted from the store, and then
   * from the index. So an entry that is not in the index is never in the store.
   *
   * The index is also asked about an answer that is not stored. The reply of the index tells the
   * callers who joined the load whether the answer is still valid.
   *
   * @returns whether the value was stored; `refused`: the index did not take the entry
   */
  private async indexAndStore(
    { key: entryKey }: EntrySpec,
    lease: Lease,
    toWrite: AnswerToWrite,
    customer: CustomerRef | undefined,
    epoch: InvalidationEpoch | undefined,
  ): Promise<boolean | 'refused'> {
    if (customer === undefined) return this.store.write(lease, toWrite);
    if (epoch === undefined) return 'refused';
    const entry = { customer, entryKey, epoch, lifetimeMs: toWrite.lifetimeMs + MAX_STORE_DELAY_MS };
    let result = await this.writeIndexed(lease, toWrite, entry);
    for (let attempt = 0; result.kind === 'full' && attempt < MAX_DISPLACEMENTS; attempt += 1) {
      if (toWrite.lifetimeMs === 0) return this.store.write(lease, toWrite);
      await this.store.delete(result.first.key);
      this.displaced.report(customer, entryKey);
      result = await this.writeIndexed(lease, toWrite, entry, result.first);
    }
    return result.kind === 'indexed' ? result.isStored : 'refused';
  }

  /** In one round trip if the store can do that, else in two. */
  private async writeIndexed(
    lease: Lease,
    toWrite: AnswerToWrite,
    entry: EntryToIndex,
    displaced?: IndexedEntry,
  ): Promise<IndexedWrite> {
    const both = this.store.writeIndexed(lease, toWrite, entry, displaced);
    if (both !== undefined) return both;
    const result = await this.index.indexEntry(entry, displaced);
    return result.kind === 'indexed' ? { ...result, isStored: await this.store.write(lease, toWrite) } : result;
  }
}

/** An answer that is not to be stored is written without a lifetime. The write removes the value
 * that was stored before: the origin has answered something else.
 */
function answerToWrite({ format, policy }: EntrySpec, { found, text, answerOnly }: LoadedAnswer): AnswerToWrite {
  const ttlMs = found ? policy.ttlMs : policy.notFoundTtlMs;
  if (ttlMs === 0 || answerOnly === true) return { format, text, freshMs: 0, lifetimeMs: 0 };
  const freshMs = jitteredLifeMs(ttlMs, Math.random());
  return { format, text, freshMs, lifetimeMs: freshMs + (found ? Math.max(policy.staleMs, LAST_GOOD_MS) : 0) };
}
