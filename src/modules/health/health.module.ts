import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { CacheModule } from '../../cache/cache.module.js';
import { OriginsModule } from '../../origins/origins.module.js';
import { LifecycleModule } from '../../platform/lifecycle/lifecycle.module.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { RedisModule } from '../../platform/redis/redis.module.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { SystemsController } from './systems.controller.js';

/** Health probes for Kubernetes, metrics for Prometheus, reachable systems for desktops. */
@Module({
  imports: [
    LifecycleModule,
    MetricsModule,
    RedisModule,
    OriginsModule,
    CacheModule,
    // The probe reports a failure in its answer. Terminus would log it as an error of Datadip.
    TerminusModule.forRoot({ logger: false }),
  ],
  controllers: [HealthController, MetricsController, SystemsController],
})
export class HealthModule {}
