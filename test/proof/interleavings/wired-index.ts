import {
  CustomerIndex,
  type EntryToIndex,
  type IndexedEntry,
  type IndexingResult,
  type InvalidationEpoch,
  type InvalidationEvent,
  type InvalidationStart,
  type Voiding,
} from '../../../src/cache/internal/customer-index.js';
import type { CustomerRef } from '../../../src/contracts/customer.js';
import type { Play } from './play.js';

/** The connection of one process to the shared index. */
export class WiredIndex extends CustomerIndex {
  constructor(private readonly play: () => Play) {
    super();
  }

  currentEpoch(tenant: string): Promise<InvalidationEpoch> {
    const { wire, index } = this.play();
    return wire.call('currentEpoch', () => index.currentEpoch(tenant));
  }

  indexEntry(entry: EntryToIndex, displaced?: IndexedEntry): Promise<IndexingResult> {
    const { wire, index } = this.play();
    return wire.call('indexEntry', () => index.indexEntry(entry, displaced));
  }

  beginInvalidation(event: InvalidationEvent, withinMs: number): Promise<InvalidationStart> {
    const { wire, index, chronicle } = this.play();
    return wire.call('beginInvalidation', async () => {
      const begun = await index.beginInvalidation(event, withinMs);
      if (!begun.duplicate) chronicle.epochRaised(event.eventHash ?? '', begun.epoch);
      return begun;
    });
  }

  voidEntries(customer: CustomerRef, voiding: Voiding, withinMs: number): Promise<readonly string[]> {
    const { wire, index, chronicle } = this.play();
    return wire.call('voidEntries', async () => {
      const entries = await index.voidEntries(customer, voiding, withinMs);
      chronicle.entriesVoided(voiding);
      return entries;
    });
  }

  completeInvalidation(event: InvalidationEvent, invalidated: number, withinMs: number): Promise<boolean> {
    const { wire, index } = this.play();
    return wire.call('completeInvalidation', () => index.completeInvalidation(event, invalidated, withinMs));
  }
}
