import { RegionsModule } from '../../regions/regions.module.js';
import { Module } from '@nestjs/common';
import { CacheModule } from '../../cache/cache.module.js';
import { IdentifiedEntries } from '../../cache/identified-entries.js';
import { OriginsModule } from '../../origins/origins.module.js';
import { CryptoModule } from '../../platform/crypto.module.js';
import { Lifecycle } from '../../platform/lifecycle/lifecycle.js';
import { LifecycleModule } from '../../platform/lifecycle/lifecycle.module.js';
import { AnswerBatch } from '../../platform/http/fast/answer-batch.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { SchedulerModule } from '../../platform/scheduler/scheduler.module.js';
import { TimeModule } from '../../platform/time.module.js';
import { SheddingModule } from '../../shedding/shedding.module.js';
import { CacheReads } from './cache-reads.js';
import { ComposedResponder } from './composed-responder.js';
import { Composer } from './composer.js';
import { LookupMetrics } from './lookup.metrics.js';
import { WarmUpModule } from '../../warmup/warm-up.module.js';
import { LookupController } from './lookup.controller.js';
import { LookupResponder } from './lookup-responder.js';
import { LookupTrials } from './lookup-trials.js';
import { LookupService } from './lookup.service.js';
import { OriginLoader } from './origin-loader.js';
import { OriginTrials } from './origin-trials.js';
import { PrewarmJob } from './prewarm.job.js';
import { ProfileController } from './profile.controller.js';
import { RecordLog } from './record-log.js';
import { RecordMetrics } from './record.metrics.js';
import { TryController } from './try.controller.js';

/** Answers the declared lookups, for example the profile of the customer who calls. */
@Module({
  imports: [
    TimeModule,
    CryptoModule,
    MetricsModule,
    LifecycleModule,
    SchedulerModule,
    SheddingModule,
    OriginsModule,
    CacheModule,
    RegionsModule,
    WarmUpModule,
  ],
  controllers: [LookupController, ProfileController, TryController],
  providers: [
    AnswerBatch,
    LookupMetrics,
    RecordMetrics,
    RecordLog,
    LookupService,
    OriginLoader,
    CacheReads,
    Composer,
    ComposedResponder,
    LookupResponder,
    PrewarmJob,
    OriginTrials,
    LookupTrials,
  ],
})
export class ProfileModule {
  constructor(lookups: LookupService, lifecycle: Lifecycle, identified: IdentifiedEntries) {
    identified.register((tenant, identifier) => lookups.entryKeysOf(tenant, identifier));
    lifecycle.beforeReady('projections', () => lookups.warmUp(), 'code');
  }
}
