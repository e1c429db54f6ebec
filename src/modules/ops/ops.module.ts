import { Module } from '@nestjs/common';
import { MessagingModule } from '../../messaging/messaging.module.js';
import { LogModule } from '../../messaging/log/log.module.js';
import { OriginsModule } from '../../origins/origins.module.js';
import { LifecycleModule } from '../../platform/lifecycle/lifecycle.module.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { RedisModule } from '../../platform/redis/redis.module.js';
import { SchedulerModule } from '../../platform/scheduler/scheduler.module.js';
import { TimeModule } from '../../platform/time.module.js';
import { OpsController } from './ops.controller.js';
import { OpsStreams } from './ops-streams.js';
import { RegionSamples } from './region-samples.js';
import { SampleProcessJob } from './sample-process.job.js';
import { ProcessSampler } from './sampling/process-sampler.js';

/** The live page of the person on call, and the samples that the page shows. */
@Module({
  imports: [
    TimeModule,
    LifecycleModule,
    MetricsModule,
    RedisModule,
    SchedulerModule,
    MessagingModule,
    LogModule,
    OriginsModule,
  ],
  controllers: [OpsController],
  providers: [ProcessSampler, RegionSamples, OpsStreams, SampleProcessJob],
})
export class OpsModule {}
