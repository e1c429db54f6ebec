import { Injectable } from '@nestjs/common';
import type { CustomerRef } from '../contracts/customer.js';
import { CustomerIndex, type InvalidationEvent } from './internal/customer-index.js';
import { EntryStore } from './internal/entry-store.js';

export interface InvalidationRequest {
  /** Whom the event is about, and under whom it is remembered. */
  readonly customer: CustomerRef;
  /** Who else is invalidated with them, such as the contacts merged into one. */
  readonly others: readonly CustomerRef[];
  readonly eventHash: string | undefined;
  /** Also keep nothing for a while. */
  readonly critical: boolean;
}

export interface InvalidationResult {
  readonly invalidated: number;
  readonly duplicate: boolean;
}

/**
 * Makes the cache forget customers.
 *
 * Promised, when it resolves: every entry of theirs is gone from the store, whatever input it was kept under, and no value whose load began
 * before is ever kept. Three round trips: the order of events, the entries, the event's mark.
 * Promised, when it rejects: nothing was claimed. Entries may be gone already; repeating it is harmless, and carries on where it broke off.
 *
 * The mark is set last, so that an event that broke off half-way is not taken for a duplicate when it is sent again.
 */
@Injectable()
export class Invalidator {
  constructor(
    private readonly store: EntryStore,
    private readonly index: CustomerIndex,
  ) {}

  /** @throws {StoreUnavailable} */
  async invalidate({ customer, others, eventHash, critical }: InvalidationRequest): Promise<InvalidationResult> {
    const mark: InvalidationEvent = { customer, eventHash };
    const begun = await this.index.beginInvalidation(mark, critical);
    if (begun.duplicate) return { invalidated: begun.invalidated, duplicate: true };
    const further = await Promise.all(others.map((other) => this.entriesOf(other, critical)));
    const dropped = await Promise.all([...begun.entries, ...further.flat()].map((key) => this.store.delete(key)));
    const invalidated = dropped.filter(Boolean).length;
    const first = await this.index.completeInvalidation(mark, invalidated);
    return { invalidated, duplicate: !first };
  }

  private async entriesOf(customer: CustomerRef, critical: boolean): Promise<readonly string[]> {
    const begun = await this.index.beginInvalidation({ customer, eventHash: undefined }, critical);
    return begun.duplicate ? [] : begun.entries;
  }
}
