import { Injectable } from '@nestjs/common';
import type { Dip, LoadedAnswer } from '../contracts/dip.js';
import { EntryStore } from './internal/entry-store.js';

/**
 * What the process asks of itself before it is ready goes the whole way of a dip, so that the first herd does not wait for code to be
 * compiled; only that no origin is asked, and that nothing of it stays.
 */
@Injectable()
export class WarmUpLoader {
  private readonly keys = new Set<string>();

  constructor(private readonly store: EntryStore) {}

  /** In the place of an origin. */
  async load({ subject, lookup }: Dip): Promise<LoadedAnswer> {
    if (subject !== undefined) this.keys.add(subject.entryKey);
    await new Promise((resolve) => setImmediate(resolve));
    return { found: false, text: lookup.defaults, customer: undefined };
  }

  /** Whatever was kept is forgotten. */
  async end(): Promise<void> {
    const keys = [...this.keys];
    this.keys.clear();
    await Promise.allSettled(keys.map((key) => this.store.delete(key)));
  }
}
