import { NO_ENTRY, Outbox, type OutboxEntry } from './outbox.js';

/** The outbox of a region that shares no log with others: it keeps nothing. */
export class NoOutbox extends Outbox {
  readonly isOn = false;

  put(): Promise<string> {
    return Promise.resolve('');
  }

  entryFor(): Promise<OutboxEntry> {
    return Promise.resolve(NO_ENTRY);
  }

  stored(): void {
    // There is no other region.
  }

  sent(): Promise<boolean> {
    return Promise.resolve(true);
  }
}
