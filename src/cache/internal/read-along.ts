import { tenantOfEntryKey } from '../../contracts/entry-key.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import type { SeenText } from '../../platform/redis/seen-text.js';
import type { InvalidationEpoch } from './customer-index.js';
import { epochKey } from './redis-customer-index.js';

/**
 * The texts that a script reads along with entries, for the loads of these entries. They are the
 * invalidation epochs of the tenants, and the texts that other features want to see.
 */
export class ReadAlong {
  readonly keys: readonly string[];
  private readonly tenants: string[] = [];
  private readonly seen: readonly SeenText[];
  private epochs: readonly string[] = [];

  constructor(entryKeys: readonly string[], { seenTexts }: Pick<RedisConnection, 'seenTexts'>) {
    for (const key of entryKeys) {
      const tenant = tenantOfEntryKey(key);
      if (!this.tenants.includes(tenant)) this.tenants.push(tenant);
    }
    this.seen = seenTexts;
    this.keys = [...this.tenants.map(epochKey), ...seenTexts.map(({ key }) => key)];
  }

  /** @param texts `undefined` means that the script has read none, because no entry needs a load */
  arrived(texts: readonly string[] | undefined): void {
    if (texts === undefined) return;
    this.epochs = texts.slice(0, this.tenants.length);
    this.seen.forEach((seen, at) => seen.saw(texts[this.tenants.length + at] ?? ''));
  }

  /** `undefined` means that the script has not read the epoch. The caller then asks the index. */
  epochOf(entryKey: string): InvalidationEpoch | undefined {
    const epoch = this.epochs[this.tenants.indexOf(tenantOfEntryKey(entryKey))];
    return epoch === '' ? undefined : epoch;
  }
}
