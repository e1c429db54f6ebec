import { Injectable } from '@nestjs/common';
import type { CustomerRef } from '../contracts/customer.js';
import { CustomerIndex, type InvalidationEvent } from './internal/customer-index.js';
import { EntryStore } from './internal/entry-store.js';

export interface InvalidationRequest {
  /** The customer the event is about. The event is recorded under this customer. */
  readonly customer: CustomerRef;
  /** Customers that are invalidated together with the first, such as contacts that were merged. */
  readonly others: readonly CustomerRef[];
  readonly eventHash: string | undefined;
  /** `true` means that, in addition, no entry of the customers is stored for `TOMBSTONE_MS`. */
  readonly critical: boolean;
}

export interface InvalidationResult {
  readonly invalidated: number;
  readonly duplicate: boolean;
}

/**
 * Invalidates the entries of customers.
 *
 * Guarantees:
 * - When `invalidate` resolves, every entry of the customers is deleted from the store, whatever
 *   input it was stored under. A value whose load began before is not stored any more.
 * - When `invalidate` rejects, the event does not count as processed. Some entries may be deleted.
 *   A repeated event is harmless and continues where the first attempt stopped.
 *
 * Race it prevents:
 * 1. An event begins, and deletes some of the entries.
 * 2. The process stops.
 * 3. The sender repeats the event.
 * The event is recorded as processed only after the entries are deleted, so the repeated event is
 * not taken for a duplicate.
 *
 * An invalidation takes three round trips: begin, delete the entries, record the event. It takes
 * a fourth if there are related customers.
 */
@Injectable()
export class Invalidator {
  constructor(
    private readonly store: EntryStore,
    private readonly index: CustomerIndex,
  ) {}

  /** @throws {StoreUnavailable} */
  async invalidate({ customer, others, eventHash, critical }: InvalidationRequest): Promise<InvalidationResult> {
    const event: InvalidationEvent = { customer, eventHash };
    const start = await this.index.beginInvalidation(event, critical);
    if (start.duplicate) return { invalidated: start.invalidated, duplicate: true };
    const further = await Promise.all(others.map((other) => this.entriesOf(other, critical)));
    const deleted = await Promise.all([...start.entries, ...further.flat()].map((key) => this.store.delete(key)));
    const invalidated = deleted.filter(Boolean).length;
    const isFirst = await this.index.completeInvalidation(event, invalidated);
    return { invalidated, duplicate: !isFirst };
  }

  private async entriesOf(customer: CustomerRef, critical: boolean): Promise<readonly string[]> {
    const start = await this.index.beginInvalidation({ customer, eventHash: undefined }, critical);
    return start.duplicate ? [] : start.entries;
  }
}
