import { Module } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import type { ValueCipher } from '../kernel/value-cipher.js';
import { EventBus } from '../messaging/event-bus.js';
import { Hearing } from '../messaging/hearing.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import { OutboxModule } from '../messaging/outbox/outbox.module.js';
import { RedisEventBus } from '../messaging/redis-event-bus.js';
import { CryptoModule, VALUE_CIPHER } from '../platform/crypto.module.js';
import { EventLoopMonitor } from '../platform/lifecycle/event-loop-monitor.js';
import { InFlight } from '../platform/lifecycle/in-flight.js';
import { Lifecycle } from '../platform/lifecycle/lifecycle.js';
import { LifecycleModule } from '../platform/lifecycle/lifecycle.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { Redis } from '../platform/redis/redis.js';
import { RedisModule } from '../platform/redis/redis.module.js';
import { TimeModule } from '../platform/time.module.js';
import { CacheMetrics } from './cache.metrics.js';
import { CustomerIndex } from './internal/customer-index.js';
import { DisplacedEntries } from './internal/displaced-entries.js';
import { EntryReader } from './internal/entry-reader.js';
import { EntryStore } from './internal/entry-store.js';
import { EntryWriter } from './internal/entry-writer.js';
import { MemoryCustomerIndex } from './internal/memory-customer-index.js';
import { MemoryEntryStore } from './internal/memory-entry-store.js';
import { NearCache } from './internal/near-cache.js';
import { RedisCustomerIndex } from './internal/redis-customer-index.js';
import { RedisEntryStore } from './internal/redis-entry-store.js';
import { ReferenceCache } from './internal/reference-cache.js';
import { EntryAudit } from './entry-audit.js';
import { IdentifiedEntries } from './identified-entries.js';
import { Invalidator } from './invalidator.js';
import { LookupCache } from './lookup-cache.js';
import { StampedeGuard } from './stampede-guard.js';

/** The most entries that the stores inside the process hold. */
const MEMORY_MAX_ENTRIES = 100_000;

/** The cache of lookups and the cache of reference data. */
@Module({
  imports: [TimeModule, CryptoModule, MetricsModule, LifecycleModule, RedisModule, MessagingModule, OutboxModule],
  providers: [
    // A factory chooses the store: Redis if it is configured, otherwise the memory of this process.
    {
      provide: EntryStore,
      useFactory: entryStore,
      inject: [Redis, EventBus, Hearing, Clock, EventLoopMonitor, VALUE_CIPHER],
    },
    { provide: CustomerIndex, useFactory: customerIndex, inject: [Redis, Clock, EntryStore, EventBus] },
    CacheMetrics,
    NearCache,
    DisplacedEntries,
    EntryReader,
    EntryWriter,
    StampedeGuard,
    LookupCache,
    Invalidator,
    IdentifiedEntries,
    EntryAudit,
    ReferenceCache,
  ],
  exports: [EntryAudit, Invalidator, IdentifiedEntries, LookupCache, ReferenceCache],
})
export class CacheModule {
  constructor(inFlight: InFlight, guard: StampedeGuard, lifecycle: Lifecycle, redis: Redis) {
    inFlight.alsoCount(() => guard.runningLoads);
    if (redis.connection !== undefined) lifecycle.beforeReady('redis', () => redis.connected());
  }
}

function entryStore(
  { connection }: Redis,
  bus: EventBus,
  hearing: Hearing,
  clock: Clock,
  eventLoop: EventLoopMonitor,
  cipher: ValueCipher | undefined,
): EntryStore {
  return connection !== undefined && bus instanceof RedisEventBus
    ? new RedisEntryStore(connection, bus, hearing, eventLoop, cipher)
    : new MemoryEntryStore(clock, MEMORY_MAX_ENTRIES, bus, hearing);
}

function customerIndex({ connection }: Redis, clock: Clock, store: EntryStore, bus: EventBus): CustomerIndex {
  return connection !== undefined && bus instanceof RedisEventBus
    ? new RedisCustomerIndex(connection, () => bus.mayHaveOlderProcess())
    : new MemoryCustomerIndex(clock, MEMORY_MAX_ENTRIES, (key) => void store.delete(key));
}
