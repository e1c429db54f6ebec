import { Injectable } from '@nestjs/common';
import type { Dip, LoadedAnswer } from '../contracts/dip.js';
import { LookupCache } from '../cache/lookup-cache.js';

/**
 * The loader of warm-up requests. A warm-up request runs the same code as any dip, so that the
 * first callers do not wait for the compiler. No origin is called, and `end` deletes the entries.
 */
@Injectable()
export class WarmUpLoader {
  private readonly keys = new Set<string>();

  constructor(private readonly cache: LookupCache) {}

  /** Returns the lookup's defaults in place of an origin's answer. */
  async load({ subject, lookup }: Dip): Promise<LoadedAnswer> {
    if (subject !== undefined) this.keys.add(subject.entryKey);
    await new Promise((resolve) => setImmediate(resolve));
    return { found: false, text: lookup.defaults, customer: undefined };
  }

  /** Deletes the entries that the warm-up stored. */
  async end(): Promise<void> {
    const keys = [...this.keys];
    this.keys.clear();
    await this.cache.deleteEntries(keys);
  }
}
