import {
  CustomerIndex,
  type InvalidationStart,
  type EntryToIndex,
  type InvalidationEvent,
  type InvalidationEpoch,
} from '../../../src/cache/internal/customer-index.js';
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

  indexEntry(entry: EntryToIndex): Promise<boolean> {
    const { wire, index } = this.play();
    return wire.call('indexEntry', () => index.indexEntry(entry));
  }

  beginInvalidation(event: InvalidationEvent, critical: boolean): Promise<InvalidationStart> {
    const { wire, index, chronicle } = this.play();
    return wire.call('beginInvalidation', async () => {
      const begun = await index.beginInvalidation(event, critical);
      if (!begun.duplicate)
        chronicle.invalidations.push({ event: event.eventHash ?? '', critical, at: chronicle.now() });
      return begun;
    });
  }

  completeInvalidation(event: InvalidationEvent, invalidated: number): Promise<boolean> {
    const { wire, index } = this.play();
    return wire.call('completeInvalidation', () => index.completeInvalidation(event, invalidated));
  }
}
