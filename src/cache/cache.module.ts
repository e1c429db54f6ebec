import { Global, Module, type Abstract, type DynamicModule, type Provider } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Clock } from '../kernel/clock.js';
import { ValueCipher } from '../kernel/value-cipher.js';
import { InFlight } from '../platform/lifecycle/in-flight.js';
import { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Redis } from '../platform/redis/redis.js';
import { nearCopies, stampedeGuard } from './internal/assembly.js';
import { CustomerIndex } from './internal/customer-index.js';
import { EntryWriter } from './internal/entry-writer.js';
import { EntryReader } from './internal/entry-reader.js';
import { EntryStore } from './internal/entry-store.js';
import { Invalidator } from './invalidator.js';
import { MemoryCustomerIndex } from './internal/memory-customer-index.js';
import { MemoryEntryStore } from './internal/memory-entry-store.js';
import { NearCache } from './internal/near-cache.js';
import { LookupCache } from './lookup-cache.js';
import { RedisCustomerIndex } from './internal/redis-customer-index.js';
import { RedisEntryStore } from './internal/redis-entry-store.js';
import { CacheManagerReferenceCache, ReferenceCache } from './internal/reference-cache.js';
import { WarmUpLoader } from './warm-up-loader.js';
import { StampedeGuard } from './stampede-guard.js';

/** Entries kept when they live in this process. */
const MEMORY_MAX_ENTRIES = 100_000;

/** The shared read path, and the cache for reference data. */
@Global()
@Module({})
export class CacheModule {
  constructor(inFlight: InFlight, guard: StampedeGuard, lifecycle: Lifecycle, redis: Redis) {
    inFlight.alsoCount(() => guard.runningLoads);
    if (redis.connection !== undefined) lifecycle.beforeReady('redis', () => redis.connected());
  }

  static register(config: Config): DynamicModule {
    const providers: Provider[] = [
      { provide: EntryStore, useFactory: entryStore(config.valueKeys), inject: [Redis, Clock] },
      { provide: CustomerIndex, useFactory: customerIndex, inject: [Redis, Clock, EntryStore] },
      { provide: NearCache, useFactory: nearCopies(config.near), inject: [EntryStore, Clock] },
      provide(EntryReader, [EntryStore, Metrics]),
      provide(EntryWriter, [EntryStore, CustomerIndex, NearCache, Clock]),
      {
        provide: StampedeGuard,
        useFactory: stampedeGuard(config.deadlineMs),
        inject: [EntryStore, EntryReader, EntryWriter, Clock],
      },
      provide(LookupCache, [NearCache, EntryReader, EntryWriter, StampedeGuard, Clock]),
      provide(WarmUpLoader, [EntryStore]),
      provide(Invalidator, [EntryStore, CustomerIndex]),
      {
        provide: ReferenceCache,
        useFactory: (redis: Redis) => new CacheManagerReferenceCache(redis.connection),
        inject: [Redis],
      },
    ];
    return { module: CacheModule, providers, exports: [Invalidator, LookupCache, ReferenceCache, WarmUpLoader] };
  }
}

/** A class whose constructor takes just these, in this order. */
function provide<Args extends object[]>(type: new (...args: Args) => object, inject: Tokens<Args>): Provider {
  return { provide: type, useFactory: (...args: Args) => new type(...args), inject: [...inject] };
}

/** Classes are their own tokens. */
type Tokens<Args extends object[]> = { readonly [At in keyof Args]: Abstract<Args[At]> };

function entryStore(valueKeys: Config['valueKeys']) {
  const cipher = ValueCipher.under(valueKeys);
  return ({ connection, channel }: Redis, clock: Clock): EntryStore =>
    connection === undefined || channel === undefined
      ? new MemoryEntryStore(clock, MEMORY_MAX_ENTRIES)
      : new RedisEntryStore(connection, channel, cipher);
}

function customerIndex({ connection }: Redis, clock: Clock, store: EntryStore): CustomerIndex {
  return connection === undefined
    ? new MemoryCustomerIndex(clock, MEMORY_MAX_ENTRIES, (key) => void store.delete(key))
    : new RedisCustomerIndex(connection);
}
