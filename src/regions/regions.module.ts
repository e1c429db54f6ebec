import { Module } from '@nestjs/common';
import { CacheModule } from '../cache/cache.module.js';
import { LogModule } from '../messaging/log/log.module.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import { OutboxModule } from '../messaging/outbox/outbox.module.js';
import { CryptoModule } from '../platform/crypto.module.js';
import { LifecycleModule } from '../platform/lifecycle/lifecycle.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { RedisModule } from '../platform/redis/redis.module.js';
import { TimeModule } from '../platform/time.module.js';
import { ForwardedCallers } from './forwarded-callers.js';
import { HeardRegions } from './heard-regions.js';
import { Positions } from './positions.js';
import { Homes } from './homes.js';
import { RemoteClaimMetrics } from './remote-claims.metrics.js';
import { RemoteClaims } from './remote-claims.js';
import { ReportingRegions } from './reporting-regions.js';
import { RegionHandlers } from './region-handlers.js';
import { RegionsMetrics } from './regions.metrics.js';

/** Hears the other regions: reads the log, applies its records, and knows how far it has heard. */
@Module({
  imports: [
    TimeModule,
    CryptoModule,
    MetricsModule,
    LifecycleModule,
    RedisModule,
    MessagingModule,
    LogModule,
    OutboxModule,
    CacheModule,
  ],
  providers: [
    RegionHandlers,
    Positions,
    RegionsMetrics,
    HeardRegions,
    Homes,
    ForwardedCallers,
    ReportingRegions,
    RemoteClaims,
    RemoteClaimMetrics,
  ],
  exports: [RegionHandlers, Positions, HeardRegions, Homes, ForwardedCallers, ReportingRegions, RemoteClaims],
})
export class RegionsModule {}
